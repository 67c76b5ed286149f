import { formatMinor, type Money } from '@commerce/contracts/vocabulary/money.ts';
import type { FC } from 'hono/jsx';
import type { PageLocale } from '../page-locale.ts';

/** An amount as a person of the page's locale writes it. */
export const Price: FC<{ money: Money; locale: PageLocale }> = ({ money, locale }) => (
  <span class="tabular">{formatMinor(money.amount, money.currency, locale.tag)}</span>
);
