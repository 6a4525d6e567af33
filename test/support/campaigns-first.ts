// The order of test files on a machine that has not run them yet: campaigns first, and tests that wait for many openings, since each lasts as
// long as dozens of others and must not come last. After that vitest's own order.
import { BaseSequencer, type TestSpecification } from 'vitest/node';

const CAMPAIGNS = [
  '/test/faults/',
  '/test/fuzz/',
  '/test/worker/main',
  '/test/worker/doctor-gym',
  '/test/embedded/stack-life',
  '/test/app/story',
  '/test/stories/',
  '/test/prebooking/stumbling-gym',
  '/test/prebooking/clock-change-races',
];

/** 0 for a campaign, 1 for the rest. */
const rank = ({ moduleId }: TestSpecification): number => (CAMPAIGNS.some((part) => moduleId.includes(part)) ? 0 : 1);

export class CampaignsFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const ordered = await super.sort(files);
    return ordered.sort((one, other) => rank(one) - rank(other));
  }
}
