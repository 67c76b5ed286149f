import { expect, test } from 'vitest';
import { summaryLine, sumTallies, tallyReport, type VitestReport } from './check-report.rules.ts';

const passed = (fullName: string) => ({ fullName, status: 'passed' });
const report = (...testResults: VitestReport['testResults']): VitestReport => ({ testResults });

test('counts every test once', () => {
  const tally = tallyReport(
    report(
      { name: 'a.test.ts', status: 'passed', assertionResults: [passed('one'), passed('two')] },
      {
        name: 'b.test.ts',
        status: 'failed',
        assertionResults: [
          passed('three'),
          { fullName: 'four', status: 'failed', failureMessages: ['expected 4'] },
          { fullName: 'five', status: 'skipped' },
          { fullName: 'six', status: 'todo' },
        ],
      },
    ),
  );
  expect(tally).toMatchObject({ passed: 3, failed: 1, skipped: 2 });
  expect(tally.failures).toEqual([{ where: 'b.test.ts > four', message: 'expected 4' }]);
});

test('counts a file that does not load as one failure', () => {
  const tally = tallyReport(
    report({
      name: 'a.test.ts',
      status: 'failed',
      message: 'no such module',
      assertionResults: [],
    }),
  );
  expect(tally.failed).toBe(1);
  expect(tally.failures).toEqual([{ where: 'a.test.ts', message: 'no such module' }]);
});

test('counts a failing hook, whose tests are all skipped, as a failure', () => {
  const assertionResults = [{ fullName: 'one', status: 'skipped' }];
  const tally = tallyReport(
    report({ name: 'a.test.ts', status: 'failed', message: 'beforeAll', assertionResults }),
  );
  expect(tally).toMatchObject({ passed: 0, failed: 1, skipped: 1 });
});

test('counts errors outside any test as failures', () => {
  const tally = tallyReport(
    report({ name: 'a.test.ts', status: 'passed', assertionResults: [passed('one')] }),
    { unhandledErrors: ['late rejection'] },
  );
  expect(tally).toMatchObject({ passed: 1, failed: 1 });
});

test('counts a skipped test as failed where it must run', () => {
  const assertionResults = [{ fullName: 'buys a T-shirt', status: 'skipped' }];
  const tally = tallyReport(
    report({ name: 'x.browser.test.ts', status: 'passed', assertionResults }),
    { mustRun: (file) => file.endsWith('.browser.test.ts') },
  );
  expect(tally).toMatchObject({ passed: 0, failed: 1, skipped: 0 });
});

test('ends with the totals, and names skipped tests only where there are any', () => {
  const total = sumTallies([
    { passed: 2, failed: 0, skipped: 0, failures: [] },
    { passed: 3, failed: 1, skipped: 0, failures: [] },
  ]);
  expect(summaryLine(total)).toBe('5 passed, 1 failed');
  expect(summaryLine({ ...total, skipped: 4 })).toBe('5 passed, 1 failed, 4 skipped');
});
