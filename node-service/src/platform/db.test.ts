import { describe, expect, test } from 'vitest';
import { isDatabaseUnavailable, sqlState } from './db.ts';

const error = (code: string | undefined, message = 'failed', cause?: unknown): Error =>
  Object.assign(new Error(message, { cause }), code === undefined ? {} : { code });

describe('an error of the database', () => {
  test('shows its SQLSTATE through whatever the ORM wrapped it in', () => {
    expect(sqlState(error('23505'))).toBe('23505');
    expect(sqlState(error(undefined, 'wrapped', error('40P01')))).toBe('40P01');
    expect(sqlState(error('EPIPE'))).toBeUndefined();
    expect(sqlState('23505')).toBeUndefined();
  });

  test.each([
    ['08006', 'connection failure'],
    ['57P01', 'the server is shutting down'],
    ['57P03', 'the server is starting up'],
    ['53300', 'too many connections'],
    ['ECONNREFUSED', 'nobody listens'],
    ['ECONNRESET', 'the connection broke'],
    ['EPIPE', 'the connection broke while it was written to'],
    ['EHOSTUNREACH', 'there is no way there'],
  ])('with code %s says that the database is not there: %s', (code) => {
    expect(isDatabaseUnavailable(error(code))).toBe(true);
    expect(isDatabaseUnavailable(error(undefined, 'wrapped', error(code)))).toBe(true);
  });

  test.each([
    'Connection terminated unexpectedly',
    'timeout exceeded when trying to connect',
    'Client has encountered a connection error and is not queryable',
  ])('"%s" says so too', (message) => {
    expect(isDatabaseUnavailable(error(undefined, message))).toBe(true);
  });

  test.each(['23505', '42P01', 'P0001', '22P02'])('with code %s is our own fault', (code) => {
    expect(isDatabaseUnavailable(error(code))).toBe(false);
  });
});
