// Decides the order in which vitest starts test files. The files that take as long as dozens of others come first, the slowest file first, so that no
// long file runs alone at the end. Files that `CAMPAIGNS` does not name keep vitest's own order.
import { BaseSequencer, type TestSpecification } from 'vitest/node';

/** Parts of test files' paths, the slowest file first. */
const CAMPAIGNS = [
  '/test/faults/commit',
  '/test/app/screens',
  '/test/stories/week-without-renewals',
  '/test/faults/race-commit',
  '/test/faults/race/',
  '/test/app/story',
  '/test/worker/main',
  '/test/stories/',
  '/test/faults/',
  '/test/routes/doors-matrix',
  '/test/prebooking/stumbling-gym',
  '/test/fuzz/',
  '/test/session/paused-refresh',
  '/test/prebooking/clock-change-races',
  '/test/notify/every-end',
  '/test/worker/doctor-gym',
  '/test/embedded/stack-life',
];

/** Gives a test file's place in `CAMPAIGNS`; a file that is not listed there gets a place after all listed files. */
const rank = ({ moduleId }: TestSpecification): number => {
  const place = CAMPAIGNS.findIndex((part) => moduleId.includes(part));
  return place < 0 ? CAMPAIGNS.length : place;
};

export class CampaignsFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const ordered = await super.sort(files);
    return ordered.sort((one, other) => rank(one) - rank(other));
  }
}
