import ts from 'typescript';

/** A shop's id, as contracts/vocabulary has it. */
const SHOP_ID = /^[a-z][a-z0-9-]{1,40}$/;
/** Names that hold a shop's id: `shopId`, `SHOP_ID`, `shop_id`, `tenantId`, `x-shop-id`. */
const SHOP_NAME = /^(x-)?(shop|tenant)[_-]?id$/i;

/** What stands behind brackets, casts and `!`. */
export function bare(node: ts.Expression): ts.Expression {
  const isOuter =
    ts.isParenthesizedExpression(node) ||
    ts.isAsExpression(node) ||
    ts.isSatisfiesExpression(node) ||
    ts.isNonNullExpression(node);
  return isOuter ? bare(node.expression) : node;
}

/**
 * The text of a string that is written down: a literal, a sum of such, or a constant of the same file that is one.
 * undefined where it is made at run time.
 */
export function writtenText(expression: ts.Expression): string | undefined {
  const node = bare(expression);
  if (ts.isStringLiteralLike(node)) return node.text;
  if (ts.isTemplateExpression(node)) {
    const parts = node.templateSpans.map(({ expression: part, literal }) => {
      const text = writtenText(part);
      return text === undefined ? undefined : text + literal.text;
    });
    return parts.includes(undefined) ? undefined : node.head.text + parts.join('');
  }
  if (ts.isBinaryExpression(node) && node.operatorToken.kind === ts.SyntaxKind.PlusToken) {
    const [left, right] = [writtenText(node.left), writtenText(node.right)];
    return left === undefined || right === undefined ? undefined : left + right;
  }
  return ts.isIdentifier(node) ? constantText(node) : undefined;
}

function constantText(name: ts.Identifier): string | undefined {
  if (name.text === 'INTERNAL_HEADER_PREFIX') return 'x-shop-';
  for (const statement of name.getSourceFile().statements) {
    if (!ts.isVariableStatement(statement)) continue;
    for (const { name: declared, initializer } of statement.declarationList.declarations) {
      if (!ts.isIdentifier(declared) || declared.text !== name.text) continue;
      const value = initializer === undefined ? undefined : bare(initializer);
      return value !== undefined && ts.isStringLiteralLike(value) ? value.text : undefined;
    }
  }
  return undefined;
}

/**
 * True for a string that is written down and could be a shop's id. The name of a header is none, nor is `none`, the
 * metrics' word for no shop.
 */
export function isWrittenShop(expression: ts.Expression): boolean {
  const text = writtenText(expression);
  if (text === undefined || text === 'none') return false;
  return SHOP_ID.test(text) && !text.startsWith('x-shop-');
}

/** The name under which a declaration, a member or an element holds what it holds. */
export function nameOf(name: ts.Node | undefined): string | undefined {
  if (name === undefined) return undefined;
  if (ts.isIdentifier(name) || ts.isStringLiteralLike(name)) return name.text;
  if (ts.isComputedPropertyName(name))
    return writtenText(name.expression) ?? name.expression.getText();
  return undefined;
}

export function isShopName(name: string | undefined): boolean {
  return name !== undefined && (SHOP_NAME.test(name) || isShopHeaderConstant(name));
}

function isShopHeaderConstant(text: string): boolean {
  return /\bSHOP_CONTEXT_HEADERS\s*(\.shopId|\[\s*['"`]shopId['"`]\s*\])$/.test(text);
}

/** True for an expression whose value is a shop's id: `shopId`, `context.shopId`, `shop?.id`, `headers.get('x-shop-id')`. */
export function holdsShop(expression: ts.Expression): boolean {
  const node = bare(expression);
  if (ts.isIdentifier(node)) return isShopName(node.text);
  if (ts.isPropertyAccessExpression(node)) {
    return isShopName(node.name.text) || (node.name.text === 'id' && isShopObject(node.expression));
  }
  if (ts.isElementAccessExpression(node)) return namesShop(node.argumentExpression);
  if (ts.isCallExpression(node)) return node.arguments.some(namesShop);
  if (ts.isAwaitExpression(node)) return holdsShop(node.expression);
  return false;
}

function isShopObject(expression: ts.Expression): boolean {
  const node = bare(expression);
  const name = ts.isPropertyAccessExpression(node) ? node.name : node;
  return ts.isIdentifier(name) && /^(shop|tenant)$/i.test(name.text);
}

/** True for the written name of a shop's id: `'x-shop-id'`, `SHOP_CONTEXT_HEADERS.shopId`. */
export function namesShop(expression: ts.Expression): boolean {
  return isShopName(writtenText(expression) ?? bare(expression).getText());
}
