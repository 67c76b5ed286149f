import type {
  OrderLine,
  ReplaceCartRequest,
  UpdateCartLineRequest,
} from '@commerce/generated/public-v1/client/types.gen.ts';
import { type Context, Hono } from 'hono';
import { addLine, changeQuantity, replaceLines } from '../../cart/cart.rules.ts';
import type { Cart, CartLine } from '../../cart/cart.ts';
import { refuse } from '../../http/refuse.ts';
import { unwrap } from '../catalogue.ts';
import { cartOf, type Visit, type VisitEnv } from '../visit.ts';
import { cartChanged, cartShown, refuseDecision } from './cart-answer.ts';
import { cartBody } from './cart-body.ts';
import { catalogueLine } from './catalogue-line.ts';

const METHODS = 'GET, HEAD, POST, PATCH, PUT, DELETE';

type CartContext = Context<VisitEnv>;

/** The cart operations of the public contract. The cart is the cookie: nothing is stored here. */
export function cartApi(): Hono<VisitEnv> {
  const routes = new Hono<VisitEnv>();
  routes.get('/', getCart);
  routes.post('/', addCartLine);
  routes.patch('/', updateCartLine);
  routes.put('/', replaceCart);
  routes.delete('/', clearCart);
  routes.all('/', (c) => {
    const headers = { allow: METHODS };
    return refuse(c.env.trace, 'method_not_allowed', 'The cart takes other methods.', { headers });
  });
  return routes;
}

async function getCart(c: CartContext): Promise<Response> {
  c.env.trace.endpoint = 'getCart';
  return cartShown(await currentCart(c));
}

async function addCartLine(c: CartContext): Promise<Response> {
  c.env.trace.endpoint = 'addCartLine';
  const body = await cartBody<OrderLine>(c.req.raw, c.env.trace, 'addCartLine');
  if (!body.ok) return body.refusal;
  const line = catalogueLine(body.value, await productsOf(c.env));
  if (!line.ok) return refuse(c.env.trace, line.code, line.detail);
  const cart = await currentCart(c);
  const decision = addLine(cart?.lines ?? [], line.value);
  if (!decision.ok) return refuseDecision(c.env.trace, decision);
  return cartChanged(c.env, cart, decision.lines, new Date());
}

async function updateCartLine(c: CartContext): Promise<Response> {
  c.env.trace.endpoint = 'updateCartLine';
  const body = await cartBody<UpdateCartLineRequest>(c.req.raw, c.env.trace, 'updateCartLine');
  if (!body.ok) return body.refusal;
  const cart = await currentCart(c);
  const decision = changeQuantity(cart?.lines ?? [], body.value);
  if (!decision.ok) return refuseDecision(c.env.trace, decision);
  return cartChanged(c.env, cart, decision.lines, new Date());
}

async function replaceCart(c: CartContext): Promise<Response> {
  c.env.trace.endpoint = 'replaceCart';
  const body = await cartBody<ReplaceCartRequest>(c.req.raw, c.env.trace, 'replaceCart');
  if (!body.ok) return body.refusal;
  const products = body.value.lines.length === 0 ? [] : await productsOf(c.env);
  const lines: CartLine[] = [];
  for (const requested of body.value.lines) {
    const line = catalogueLine(requested, products);
    if (!line.ok) return refuse(c.env.trace, line.code, line.detail);
    lines.push(line.value);
  }
  const decision = replaceLines(lines);
  if (!decision.ok) return refuseDecision(c.env.trace, decision);
  return cartChanged(c.env, await currentCart(c), decision.lines, new Date());
}

async function clearCart(c: CartContext): Promise<Response> {
  c.env.trace.endpoint = 'clearCart';
  return cartChanged(c.env, undefined, [], new Date());
}

function currentCart(c: CartContext): Promise<Cart | undefined> {
  return cartOf(c.req.raw, c.env, new Date());
}

async function productsOf({ catalogue, context }: Visit) {
  return (await unwrap(catalogue.listProducts(context))).items;
}
