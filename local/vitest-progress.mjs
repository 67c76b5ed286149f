// A vitest reporter that tells the process which started vitest how far it is, and of errors outside any test, which
// the JSON report leaves out. Messages: { passed, failed, skipped, file } and { unhandled: [string] }.
import { relative } from 'node:path';

export default class VitestProgress {
  counts = { passed: 0, failed: 0, skipped: 0 };

  onTestCaseResult(testCase) {
    const { state } = testCase.result();
    if (state in this.counts) this.counts[state] += 1;
    const file = relative(process.cwd(), testCase.module.moduleId);
    process.send?.({ ...this.counts, file });
  }

  onTestRunEnd(_modules, unhandledErrors) {
    const unhandled = unhandledErrors.map((error) => String(error.stack ?? error.message ?? error));
    if (unhandled.length > 0) process.send?.({ unhandled });
  }
}
