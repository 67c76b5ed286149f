import type { ProblemBody, ProblemCode } from '@commerce/contracts/vocabulary/problem.ts';
import type { KnownProblem, ScriptTexts } from '../texts/script-texts.ts';

export type ProblemText = { title: string; detail: string; items: string[] };

/** The code of a problem document, or undefined for whatever else a failed call may bring (a network error, HTML). */
export function problemCode(problem: unknown): ProblemCode | undefined {
  return asProblem(problem)?.code;
}

/**
 * A problem in a buyer's words.
 * @param names the names of the cart's variants by variant key
 * @param texts in the page's language
 */
export function problemText(
  problem: unknown,
  names: ReadonlyMap<string, string>,
  texts: ScriptTexts,
): ProblemText {
  const known = asProblem(problem);
  const text = known && isKnown(known.code, texts) ? texts.problems[known.code] : texts.anyProblem;
  // Where nobody has looked at the stock yet, the list would only read like an accusation of each item.
  const failed = known?.code === 'inventory_busy' ? [] : (known?.items ?? []);
  const items = failed.map((item) => {
    const name = names.get(item.variantKey) ?? item.sku;
    if (typeof item.available !== 'number') return name;
    return item.available === 0
      ? texts.itemSoldOut(name)
      : texts.itemShort(name, item.available, item.requested);
  });
  return { ...text, items };
}

/** What a refusal found too little of; nothing where nobody has looked. */
export function shortItems(
  problem: unknown,
): { variantKey: string; requested: number; available: number }[] {
  return (asProblem(problem)?.items ?? []).flatMap(({ variantKey, requested, available }) =>
    available === undefined ? [] : [{ variantKey, requested, available }],
  );
}

function isKnown(code: ProblemCode, texts: ScriptTexts): code is KnownProblem {
  return Object.hasOwn(texts.problems, code);
}

function asProblem(problem: unknown): ProblemBody | undefined {
  const isProblem =
    typeof problem === 'object' && problem !== null && 'code' in problem && 'status' in problem;
  return isProblem ? (problem as ProblemBody) : undefined;
}
