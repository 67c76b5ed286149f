import { expect, test } from 'vitest';
import { phaseAt, phasesOf } from './phases.ts';

const named = (scenario: string, seconds: number, at: number): string =>
  phaseAt(phasesOf(scenario, seconds), at);

test('a run of two shops tells of its two phases, each as long as was asked for', () => {
  const at = (seconds: number): string => named('two-shops', 25, seconds);
  expect([0, 9.9].map(at)).toEqual(['warming up', 'warming up']);
  expect([10, 39.9].map(at)).toEqual(['the quiet shop alone', 'the quiet shop alone']);
  expect([40, 64.9].map(at)).toEqual([
    'the quiet shop beside the sale',
    'the quiet shop beside the sale',
  ]);
  expect([65, 600].map(at)).toEqual(['the last journeys', 'the last journeys']);
});

test('every other scenario has one phase, and then waits for whoever has begun', () => {
  expect([0, 9, 10].map((at) => named('flash-sale', 10, at))).toEqual([
    'under way',
    'under way',
    'the last journeys',
  ]);
});
