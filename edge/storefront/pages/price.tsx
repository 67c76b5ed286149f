import { formatMinor, type Money } from '@commerce/contracts/vocabulary/money.ts';
import type { FC } from 'hono/jsx';

/** An amount as a person of the shop's locale writes it. */
export const Price: FC<{ money: Money; locale: string }> = ({ money, locale }) => (
  <span class="tabular">{formatMinor(money.amount, money.currency, locale)}</span>
);
