/** The part of vitest's JSON report that is read here. */
export type VitestReport = {
  testResults: {
    /** Absolute path of the test file. */
    name: string;
    status: string;
    /** Why the file as a whole failed, when it did. */
    message?: string;
    assertionResults: {
      fullName: string;
      status: string;
      failureMessages?: string[] | null;
    }[];
  }[];
};

export type Failure = { where: string; message: string };
export type Tally = { passed: number; failed: number; skipped: number; failures: Failure[] };

export const NOTHING: Tally = { passed: 0, failed: 0, skipped: 0, failures: [] };

type TallyOptions = {
  /** Errors outside any test, such as a rejected promise that nobody awaited; each counts as a failure. */
  unhandledErrors?: readonly string[];
  /** True for tests that may not be skipped here: a skipped one then counts as failed. */
  mustRun?: (file: string) => boolean;
};

/** Counts every test once, and each file that could not be run at all as one failure. */
export function tallyReport(report: VitestReport, options: TallyOptions = {}): Tally {
  const tally: Tally = { passed: 0, failed: 0, skipped: 0, failures: [] };
  const fail = (where: string, message: string) => {
    tally.failed += 1;
    tally.failures.push({ where, message });
  };
  for (const file of report.testResults) {
    let failedInFile = 0;
    for (const test of file.assertionResults) {
      const where = `${file.name} > ${test.fullName}`;
      if (test.status === 'passed') tally.passed += 1;
      else if (test.status === 'failed') {
        failedInFile += 1;
        fail(where, (test.failureMessages ?? []).join('\n'));
      } else if (options.mustRun?.(file.name)) {
        fail(where, 'skipped, although it must run here');
      } else tally.skipped += 1;
    }
    // A file that does not load, or whose hook fails, has no failed test to show for it.
    if (file.status === 'failed' && failedInFile === 0) {
      fail(file.name, file.message || 'the file could not be run');
    }
  }
  for (const error of options.unhandledErrors ?? []) fail('outside any test', error);
  return tally;
}

/** The sum of several tallies. */
export function sumTallies(tallies: readonly Tally[]): Tally {
  return tallies.reduce(
    (sum, tally) => ({
      passed: sum.passed + tally.passed,
      failed: sum.failed + tally.failed,
      skipped: sum.skipped + tally.skipped,
      failures: [...sum.failures, ...tally.failures],
    }),
    NOTHING,
  );
}

/** The last line of a run: "12 passed, 0 failed", and what was skipped where there is any. */
export function summaryLine({ passed, failed, skipped }: Tally): string {
  const skippedPart = skipped > 0 ? `, ${skipped} skipped` : '';
  return `${passed} passed, ${failed} failed${skippedPart}`;
}
