/**
 * What no reviewer should have to look for: rules over the syntax of every file, as data. guards.test.ts seeds a breach of
 * each, and holds the tree against all of them. Writes to KV need types, see kv-writes.ts.
 */
import ts from 'typescript';
import {
  bare,
  holdsShop,
  isShopName,
  isWrittenShop,
  nameOf,
  namesShop,
  writtenText,
} from './shop-words.ts';
import { isCode, isTest, type SourceText } from './source-tree.ts';

export interface Guard {
  readonly name: string;
  /** What the person who broke it gets to read. */
  readonly why: string;
  readonly appliesTo: (file: string) => boolean;
  /** True where this node, and not only something within it, breaks the rule. Asked for each node of code. */
  readonly breaks?: (node: ts.Node) => boolean;
  /** A line that breaks the rule in what is not code: settings, SQL, YAML. */
  readonly line?: RegExp;
}

/** What is deployed. local/ and load/ are told a shop by whoever starts them. */
const isProduct = (file: string): boolean =>
  /^(node-service\/src|edge|contracts)\//.test(file) && !isTest(file);
const isSettings = (file: string): boolean =>
  /\.(jsonc?|ya?ml|sql|sh|env|toml)$|^\.ci\//.test(file);
/** These name what they forbid. */
const isGuard = (file: string): boolean => /^local\/(guards|shop-words|kv-writes)/.test(file);

const DEMO = /^node-service\/src\/(demo\/|seed-demo\.ts$)/;

/** What says which products there are, and what puts them into a cart. */
const CATALOGUE =
  /^(node-service\/src\/catalogue\/|edge\/(cart|storefront\/(pages|api|seo))\/|edge\/storefront\/(catalogue|cart-pricing|page-routes|open-page)\.|edge\/gateway\/catalogue\.|contracts\/(node|public)\/v1\/schemas\/(Product|Cart)\w*\.yaml$|contracts\/vocabulary\/examples\/product)/;
const STOCK_WORD =
  /^(stock|stock_?levels?|in_?stock|on_?hand|available|availability|held|sold_?out|inventory)$/i;

const RECEIVERS = new Set(['edge/http/receive-context.ts', 'node-service/src/http/authorize.ts']);
const VOCABULARY = /^contracts\/(vocabulary\/(shop-context|gateway-signature)\.ts$|generate\/)/;

export const GUARDS: readonly Guard[] = [
  {
    name: 'hard-coded shop',
    why: 'Which shop it is for is said by the call, never by the code.',
    appliesTo: (file) => isProduct(file) && !DEMO.test(file),
    breaks: isHardCodedShop,
    line: /\bshop_id\b[^,;]*(=|\bdefault\b)\s*'[a-z]/i,
  },
  {
    name: 'default shop',
    why: 'There is no default shop, neither as a constant nor as a setting.',
    appliesTo: (file) => !isGuard(file) && (isCode(file) || isSettings(file)),
    breaks: isDefaultShopName,
    line: /(default|DEFAULT|fallback|FALLBACK)_?([sS]hop|SHOP|[tT]enant|TENANT)(?![a-z])|\b([A-Z]+_)*(SHOP|TENANT)_ID["']?\s*[:=]/,
  },
  {
    name: 'guessed shop',
    why: 'A call that names no shop is refused: nothing is put in its place, and no first row.',
    // `npm run hosts` keeps the shop that a mapping has, where its operator names no other.
    appliesTo: (file) => isProduct(file) && !DEMO.test(file) && !file.startsWith('edge/hosts/'),
    breaks: isShopFallback,
  },
  {
    name: 'X-Shop-Id',
    why: `Read it by receiveContext (edge) or findShop (node service): ${[...RECEIVERS].join(', ')} alone do.`,
    appliesTo: (file) => isProduct(file) && !RECEIVERS.has(file) && !VOCABULARY.test(file),
    breaks: readsShopHeader,
  },
  {
    name: 'Stripe SDK in a Worker',
    why: 'Money is decided in the node service.',
    appliesTo: (file) => file.startsWith('edge/') && !isTest(file),
    breaks: importsStripe,
    line: /"(@stripe\/[\w-]+|stripe)"\s*:/,
  },
  {
    name: 'stock in the catalogue',
    why: "Stock is a hint that a page's script fetches, and is decided at checkout: no product has it, and no cart asks for it.",
    appliesTo: (file) => CATALOGUE.test(file) && !isTest(file),
    breaks: readsStock,
    line: /^\s*-?\s*["']?(stock|stockLevels?|inStock|onHand|available|availability|held|soldOut|inventory)["']?\s*:/i,
  },
];

/** `file:line: text` of every place in `sources` that breaks the rule. */
export function breaches(guard: Guard, sources: readonly SourceText[]): string[] {
  return sources
    .filter(
      ({ file, text }) =>
        guard.appliesTo(file) &&
        /shop|tenant|stripe|stock|hand|available|availability|held|sold|inventory/i.test(text),
    )
    .flatMap((source) => {
      const lines = isCode(source.file) ? brokenNodes(guard, source) : brokenLines(guard, source);
      const texts = source.text.split('\n');
      return lines.map((line) => `${source.file}:${line + 1}: ${texts[line]?.trim()}`);
    });
}

function brokenNodes({ breaks }: Guard, source: SourceText): number[] {
  if (breaks === undefined) return [];
  const tree = treeOf(source);
  const lines = new Set<number>();
  const visit = (node: ts.Node): void => {
    if (breaks(node)) lines.add(tree.getLineAndCharacterOfPosition(node.getStart()).line);
    ts.forEachChild(node, visit);
  };
  visit(tree);
  return [...lines];
}

const trees = new WeakMap<SourceText, ts.SourceFile>();

/** Every guard reads the same tree. */
function treeOf(source: SourceText): ts.SourceFile {
  const known = trees.get(source);
  if (known !== undefined) return known;
  const tree = ts.createSourceFile(source.file, source.text, ts.ScriptTarget.Latest, true);
  trees.set(source, tree);
  return tree;
}

function brokenLines({ line }: Guard, { text }: SourceText): number[] {
  if (line === undefined) return [];
  return text.split('\n').flatMap((words, index) => (line.test(words) ? [index] : []));
}

/** `const SHOP_ID = 'x'`, `{ shopId: 'x' }`, `shopId === 'x'`, `inShop('x', …)`, `headers.set('x-shop-id', 'x')`. */
function isHardCodedShop(node: ts.Node): boolean {
  if (isDeclared(node) && node.initializer !== undefined) {
    return isShopName(nameOf(node.name)) && isWrittenShop(node.initializer) && !isSortOrder(node);
  }
  if (ts.isBinaryExpression(node) && COMPARED_OR_SET.has(node.operatorToken.kind)) {
    const { left, right } = node;
    return (holdsShop(left) && isWrittenShop(right)) || (holdsShop(right) && isWrittenShop(left));
  }
  if (ts.isSwitchStatement(node) && holdsShop(node.expression)) {
    return node.caseBlock.clauses.some(
      (one) => ts.isCaseClause(one) && isWrittenShop(one.expression),
    );
  }
  if (ts.isArrayLiteralExpression(node)) return isNamedShop(node.elements);
  if (ts.isCallExpression(node)) {
    const [first] = node.arguments;
    const enters = /\binShop$/.test(node.expression.getText()) && first !== undefined;
    return isNamedShop(node.arguments) || (enters && isWrittenShop(first));
  }
  return isSqlWithShop(node);
}

type Declared = (
  | ts.VariableDeclaration
  | ts.ParameterDeclaration
  | ts.PropertyDeclaration
  | ts.PropertyAssignment
  | ts.BindingElement
  | ts.EnumMember
) & { readonly initializer?: ts.Expression };

function isDeclared(node: ts.Node): node is Declared {
  return (
    ts.isVariableDeclaration(node) ||
    ts.isParameter(node) ||
    ts.isPropertyDeclaration(node) ||
    ts.isPropertyAssignment(node) ||
    ts.isBindingElement(node) ||
    ts.isEnumMember(node)
  );
}

const COMPARED_OR_SET = new Set([
  ts.SyntaxKind.EqualsToken,
  ts.SyntaxKind.EqualsEqualsToken,
  ts.SyntaxKind.EqualsEqualsEqualsToken,
  ts.SyntaxKind.ExclamationEqualsToken,
  ts.SyntaxKind.ExclamationEqualsEqualsToken,
]);

/** `['x-shop-id', 'x']`, and the arguments of `set('x-shop-id', 'x')`. */
function isNamedShop([first, second, third]: readonly ts.Expression[]): boolean {
  if (first === undefined || second === undefined || third !== undefined) return false;
  return ts.isStringLiteralLike(bare(first)) && namesShop(first) && isWrittenShop(second);
}

/** `orderBy: { shopId: 'asc' }` */
function isSortOrder(node: Declared): boolean {
  const outer = node.parent.parent;
  return ts.isPropertyAssignment(outer) && nameOf(outer.name) === 'orderBy';
}

function isSqlWithShop(node: ts.Node): boolean {
  const isText =
    ts.isStringLiteralLike(node) ||
    ts.isTemplateHead(node) ||
    ts.isTemplateMiddleOrTemplateTail(node);
  return isText && /\bshop_id\s*(=|<>|!=)\s*'[a-z]/i.test(node.text);
}

/** `DEFAULT_SHOP`, `defaultShopId`, `'NEXT_PUBLIC_DEFAULT_SHOP'`; and a setting that is a shop, `env.SHOP_ID`. */
function isDefaultShopName(node: ts.Node): boolean {
  if (!ts.isIdentifier(node) && !ts.isStringLiteralLike(node)) return false;
  if (!/shop|tenant/i.test(node.text)) return false;
  const words = node.text.replaceAll(/[_-]/g, '');
  if (/^\S*(default|fallback)(shop|tenant)(id|slug|name)?$/i.test(words)) return true;
  const isRead =
    ts.isPropertyAccessExpression(node.parent) || ts.isElementAccessExpression(node.parent);
  return isRead && /^([A-Z]+_)*(SHOP|TENANT)_(ID|SLUG)$/.test(node.text);
}

/** `shopId ?? …`, `shopId || …`, and `shopId ? shopId : …`: whatever stands there is a guess, unless it is nothing. */
function isShopFallback(node: ts.Node): boolean {
  if (ts.isConditionalExpression(node)) {
    return holdsShop(node.condition) && isWrittenShop(node.whenFalse);
  }
  if (!ts.isBinaryExpression(node) || !FALLBACKS.has(node.operatorToken.kind)) return false;
  return holdsShop(node.left) && !isNothing(node.right);
}

const FALLBACKS = new Set([
  ts.SyntaxKind.QuestionQuestionToken,
  ts.SyntaxKind.BarBarToken,
  ts.SyntaxKind.QuestionQuestionEqualsToken,
  ts.SyntaxKind.BarBarEqualsToken,
]);

function isNothing(expression: ts.Expression): boolean {
  const node = bare(expression);
  if (node.kind === ts.SyntaxKind.NullKeyword) return true;
  if (ts.isIdentifier(node) && node.text === 'undefined') return true;
  // An empty text, or a word for a log line, is no shop that could be found.
  const text = writtenText(node);
  return text !== undefined && !isWrittenShop(node);
}

function readsShopHeader(node: ts.Node): boolean {
  if (ts.isIdentifier(node) && node.text === 'parseShopContext') return true;
  if (ts.isIdentifier(node) && node.text === 'SHOP_CONTEXT_HEADERS') return !isOtherHeader(node);
  const isText =
    ts.isStringLiteralLike(node) || ts.isTemplateExpression(node) || ts.isBinaryExpression(node);
  return isText && /^(http[_-])?x[_-]shop[_-]id$/i.test(writtenText(node) ?? '');
}

/** The import itself, and `SHOP_CONTEXT_HEADERS.environment`; but not all of them, nor one by a computed name. */
function isOtherHeader({ parent }: ts.Identifier): boolean {
  if (ts.isImportSpecifier(parent)) return parent.propertyName === undefined;
  return ts.isPropertyAccessExpression(parent) && parent.name.text !== 'shopId';
}

/** A name or a text that is a word for stock, the module of stock, and SQL that reads its tables. */
function readsStock(node: ts.Node): boolean {
  if (ts.isIdentifier(node)) return STOCK_WORD.test(node.text);
  if (ts.isTemplateHead(node) || ts.isTemplateMiddleOrTemplateTail(node))
    return readsStockTable(node.text);
  if (!ts.isStringLiteralLike(node)) return false;
  return (
    STOCK_WORD.test(node.text) || readsStockTable(node.text) || /\/inventory\//.test(node.text)
  );
}

function readsStockTable(text: string): boolean {
  return /\b(from|join)\s+(stock|hold|hold_line)\b|\b(on_hand|held)\b/i.test(text);
}

function importsStripe(node: ts.Node): boolean {
  if (!ts.isStringLiteralLike(node)) return false;
  const { parent } = node;
  const isModule =
    ts.isImportDeclaration(parent) ||
    ts.isExportDeclaration(parent) ||
    ts.isExternalModuleReference(parent) ||
    (ts.isLiteralTypeNode(parent) && ts.isImportTypeNode(parent.parent)) ||
    (ts.isCallExpression(parent) &&
      /^(import|require|createRequire\(.*\)|\w+\.resolve)$/.test(parent.expression.getText()));
  return isModule && /(^|[/:])(@stripe\/|stripe(?=$|[@/]))/.test(node.text);
}
