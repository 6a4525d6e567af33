// The order of test files: those first that last as long as dozens of others, the longest of them at the head, since nothing else may wait behind
// them. Everything after that is vitest's own order.
import { BaseSequencer, type TestSpecification } from 'vitest/node';

/** Longest first. */
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

/** Its place among the campaigns; behind all of them for the rest. */
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
