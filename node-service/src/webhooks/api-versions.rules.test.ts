import { expect, test } from 'vitest';
import { isReadableVersion } from './api-versions.rules.ts';

test('events of the pinned version are read, and of no version that nobody has looked at', () => {
  expect(isReadableVersion('2026-10-28.endive', '2026-10-28.endive')).toBe(true);
  for (const version of ['2019-05-16', '2026-10-28', '', null, undefined, 1])
    expect(isReadableVersion(version, '2026-10-28.endive')).toBe(false);
});
