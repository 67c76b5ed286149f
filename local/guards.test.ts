import { describe, expect, test } from 'vitest';
import { breaches, GUARDS, type Guard } from './guards.ts';
import { readSourceTree } from './source-tree.ts';

/** All of the tree is parsed once. */
const TIMEOUT_MS = 120_000;

/** Where the lines below are taken to stand, where nothing else is said. */
const PRODUCT = 'edge/seeded.ts';

type Line = string | readonly [file: string, line: string];
const SEEDED: Record<string, { breaks: readonly Line[]; holds: readonly Line[] }> = {
  'hard-coded shop': {
    breaks: [
      "const SHOP_ID = 'acme';",
      "const shopId = 'acme' as const;",
      'const shopId = `acme`;',
      "const context = { shopId: 'acme' };",
      "const context = { ['shopId']: 'acme' };",
      "const headers = { 'x-shop-id': 'acme' };",
      "const headers = { 'X-Shop-Id': 'acme' };",
      "const headers = { [SHOP_CONTEXT_HEADERS.shopId]: 'acme' };",
      "headers.set('x-shop-id', 'acme');",
      "new Headers([['x-shop-id', 'acme']]);",
      "const FIRST = 'acme'; const context = { shopId: FIRST };",
      "function price(shopId = 'acme') { return shopId; }",
      "const { shopId = 'acme' } = call;",
      "class Call { shopId = 'acme'; }",
      "context.shopId = 'acme';",
      "if (context.shopId === 'acme') discount();",
      "if ('acme' !== shop.id) discount();",
      "switch (shopId) { case 'acme': discount(); }",
      "await inShop('acme', read);",
      "await db.inShop('acme', read);",
      "sql(`select 1 from variant where shop_id = 'acme'`);",
      `sql(\`select \${columns} from variant where shop_id = 'acme' and \${rest}\`);`,
      ['node-service/src/platform/migrations/1.sql', "update variant set shop_id = 'acme';"],
      ['edge/front-door/migrations/1.sql', "shop_id text not null default 'acme',"],
    ],
    holds: [
      'const shopId = context.shopId;',
      "const SHOP_CONTEXT_HEADERS = { shopId: 'x-shop-id' };",
      "const conflict = { shopId: '' };",
      "find({}, { orderBy: { shopId: 'asc' } });",
      "if (shopId === other.shopId || kind === 'alias') return;",
      "const sku = 'tee';",
      'await inShop(shopId, read);',
      'sql(`select 1 from variant where shop_id = ?1`);',
      ['edge/front-door/migrations/1.sql', "shop_id text not null check (shop_id <> ''),"],
      ['edge/cart/cart.test.ts', "const shopId = 'acme';"],
      ['node-service/src/demo/shops.ts', "const shop = { shopId: 'acme' };"],
    ],
  },
  'default shop': {
    breaks: [
      'const shop = process.env.DEFAULT_SHOP;',
      'const shop = process.env.NEXT_PUBLIC_DEFAULT_SHOP;',
      "const shop = process.env['DEFAULT_SHOP_ID'];",
      'const { DEFAULT_TENANT } = process.env;',
      'interface Env { readonly DEFAULT_SHOP: string }',
      'const defaultShopId = shops[0].id;',
      'const fallbackShop = first;',
      'const shop = env.SHOP_ID;',
      "const shop = env['TENANT_ID'];",
      ['local/anything.ts', 'const DEFAULT_SHOP = first;'],
      ['edge/front-door/wrangler.jsonc', '"DEFAULT_SHOP": "acme"'],
      ['edge/front-door/wrangler.jsonc', '"SHOP_ID": "acme"'],
      ['.ci/run', 'export NEXT_PUBLIC_DEFAULT_SHOP=acme'],
      ['contracts/vocabulary/x.yaml', 'defaultShop: acme'],
    ],
    holds: [
      'const locale = mapping.defaultLocale;',
      'const pattern = SHOP_ID_PATTERN;',
      '// There is no DEFAULT_SHOP.',
      ['edge/front-door/wrangler.jsonc', '"ENVIRONMENT": "staging"'],
      ['contracts/vocabulary/x.yaml', 'metadata: { shop_id: acme }'],
    ],
  },
  'guessed shop': {
    breaks: [
      "const shop = shopId ?? 'acme';",
      "const shop = shopId || 'acme';",
      "shopId ??= 'acme';",
      'const shop = context?.shopId ?? shops[0]?.id;',
      'const shop = context.shopId || env.SHOP;',
      "const shop = shop?.id ?? 'acme';",
      "const shop = headers.get('x-shop-id') ?? 'acme';",
      "const shop = (await headers.get('x-shop-id')) || fallback();",
      "const shop = shopId ? shopId : 'acme';",
      'const shop = context.shopId ?? registry.shopId;',
    ],
    holds: [
      'const shop = shopId ?? null;',
      "const label = shopId ?? '';",
      "const label = shopId ?? '-';",
      "const index = shopId ?? 'none';",
      'const found = shopId === undefined ? null : find(shopId);',
      ['edge/hosts/proposal.rules.ts', 'const shop = edit.shopId ?? current.shopId;'],
    ],
  },
  'X-Shop-Id': {
    breaks: [
      "const shop = request.headers.get('x-shop-id');",
      "const shop = request.headers.get('X-Shop-Id');",
      "const shop = context.req.header('X-SHOP-ID');",
      "const shop = ctx.headers['x-shop-id'];",
      "const NAME = 'x-shop-id';",
      "const shop = headers.get('x-shop-' + 'id');",
      `const shop = headers.get(\`\${INTERNAL_HEADER_PREFIX}id\`);`,
      'const shop = headers.get(SHOP_CONTEXT_HEADERS.shopId);',
      "const shop = headers.get(SHOP_CONTEXT_HEADERS['shopId']);",
      'const { shopId } = SHOP_CONTEXT_HEADERS;',
      'const names = Object.values(SHOP_CONTEXT_HEADERS);',
      'const shop = headers.get(SHOP_CONTEXT_HEADERS[member]);',
      "import { SHOP_CONTEXT_HEADERS as NAMES } from 'vocabulary';",
      'const parsed = parseShopContext(request.headers);',
      "import { parseShopContext as parse } from 'vocabulary';",
      "export { parseShopContext } from 'vocabulary';",
      'const parsed = vocabulary.parseShopContext(headers);',
      ['node-service/src/ops/handlers.ts', "const shop = headers.get('x-shop-id');"],
      ['edge/storefront/page.tsx', "const page = <p>{headers.get('x-shop-id')}</p>;"],
    ],
    holds: [
      'const parsed = receiveContext(request);',
      'const headers = shopContextToHeaders(context);',
      "import { SHOP_CONTEXT_HEADERS } from 'vocabulary';",
      'const path = SHOP_CONTEXT_HEADERS.environment;',
      "const locale = headers.get('x-shop-locale');",
      ['edge/http/receive-context.ts', 'return parseShopContext(request.headers);'],
      ['node-service/src/http/authorize.ts', 'const parsed = parseShopContext(headers);'],
      ['contracts/vocabulary/shop-context.ts', "const HEADERS = { shopId: 'x-shop-id' };"],
      ['edge/front-door/front-door.edge.test.ts', "expect(headers.get('x-shop-id')).toBeNull();"],
    ],
  },
  'Stripe SDK in a Worker': {
    breaks: [
      "import Stripe from 'stripe';",
      "import type Stripe from 'stripe';",
      "import 'stripe/esm/stripe.esm.worker.js';",
      "import { loadStripe } from '@stripe/stripe-js';",
      "export * from 'stripe';",
      "const Stripe = await import('stripe');",
      "const Stripe = require('stripe');",
      "type S = import('stripe').Stripe;",
      "import Stripe from 'npm:stripe@22';",
      "import Stripe from 'https://esm.test/stripe@22';",
      "import Stripe from '../../node_modules/stripe/lib/stripe.js';",
      ['edge/package.json', '"stripe": "22.0.0"'],
      ['edge/package.json', '"@stripe/stripe-js": "7.0.0"'],
    ],
    holds: [
      "import { stripeForm } from './stripe-form.ts';",
      "const scheme = 'stripe';",
      "const header = headers.get('stripe-signature');",
      "import { x } from './stripe-payment/form.ts';",
      ['node-service/src/platform/stripe/client.ts', "import Stripe from 'stripe';"],
      ['node-service/package.json', '"stripe": "22.0.0"'],
    ],
  },
  'stock in the catalogue': {
    breaks: [
      ['node-service/src/catalogue/list-products.ts', 'sql(`select sku, on_hand from variant`);'],
      [
        'node-service/src/catalogue/list-products.ts',
        'sql(`select sku from variant join stock using (shop_id, variant_key)`);',
      ],
      [
        'node-service/src/catalogue/list-products.ts',
        `sql(\`select \${columns} from stock where shop_id = $1\`);`,
      ],
      ['node-service/src/catalogue/list-products.ts', 'const product = { sku, available };'],
      [
        'node-service/src/catalogue/list-products.ts',
        "import { read } from '../inventory/index.ts';",
      ],
      ['edge/storefront/pages/product.tsx', "const max = product['inStock'];"],
      ['edge/storefront/api/cart-api.ts', 'if (line.quantity > variant.available) refuse();'],
      ['edge/cart/cart.rules.ts', 'const most = level.onHand;'],
      ['edge/gateway/catalogue.ts', 'const { availability } = answer;'],
      ['contracts/node/v1/schemas/Product.yaml', '  stock:'],
      ['contracts/node/v1/schemas/ProductVariant.yaml', '  available:'],
      ['contracts/public/v1/schemas/CartLine.yaml', '  inStock:'],
      ['contracts/vocabulary/examples/product.yaml', '  onHand: 3'],
    ],
    holds: [
      ['edge/storefront/pages/product.tsx', "import { StockHint } from './stock-hint.tsx';"],
      [
        'edge/storefront/pages/stock-hint.tsx',
        'const hint = <p class="stock-hint" data-stock-hint />;',
      ],
      ['edge/storefront/browser/show-stock.ts', 'const { available } = item;'],
      ['node-service/src/inventory/read-stock.ts', 'sql(`select on_hand from stock`);'],
      ['contracts/vocabulary/schemas/AvailabilityItem.yaml', '  available:'],
      ['contracts/node/v1/schemas/Product.yaml', '  description: Of what is available.'],
      ['node-service/src/catalogue/list-products.test.ts', 'const available = 3;'],
    ],
  },
};

const tree = readSourceTree();

function found(guard: Guard, seeded: Line): string[] {
  const [file, text] = typeof seeded === 'string' ? [PRODUCT, seeded] : seeded;
  return breaches(guard, [{ file, text }]);
}

test('every guard is seeded', () => {
  expect(Object.keys(SEEDED)).toEqual(GUARDS.map(({ name }) => name));
});

describe.each(GUARDS)('$name', (guard) => {
  const { breaks = [], holds = [] } = SEEDED[guard.name] ?? {};

  test.each(breaks.map((line) => [String(line), line] as const))('finds %s', (_, line) => {
    expect(found(guard, line)).toHaveLength(1);
  });

  test.each(holds.map((line) => [String(line), line] as const))('lets pass %s', (_, line) => {
    expect(found(guard, line)).toEqual([]);
  });

  test('holds in the whole tree', { timeout: TIMEOUT_MS }, () => {
    expect(tree.filter(({ file }) => guard.appliesTo(file)).length).toBeGreaterThan(10);
    expect(breaches(guard, tree), guard.why).toEqual([]);
  });
});
