import { formatMinor } from '@commerce/contracts/vocabulary/money.ts';
import type { FC } from 'hono/jsx';
import type { DeliveryPlace, DeliveryRate } from '../delivery.ts';

type DeliveryFieldsProps = { places: DeliveryPlace[]; locale: string };

/**
 * Where to and how, as far as there is a choice. The script fills in the rates of another country; the places it
 * knows them from are a data attribute.
 */
export const DeliveryFields: FC<DeliveryFieldsProps> = ({ places, locale }) => {
  const rates = places.find(({ chosen }) => chosen)?.rates ?? [];
  const hasCountries = places.some(({ country }) => country !== undefined);
  return (
    <div class="delivery" data-delivery={JSON.stringify(places)}>
      {hasCountries && (
        <div class="field">
          <label for="country">Deliver to</label>
          <select
            id="country"
            name="country"
            class="text-input select-input"
            autocomplete="country"
            aria-describedby="delivery-hint"
          >
            {places.map(({ country, name, chosen }) => (
              <option value={country} selected={chosen}>
                {name}
              </option>
            ))}
          </select>
        </div>
      )}
      <div class="field" data-rates hidden={rates.length < 2}>
        <label for="rate">Delivery</label>
        <select id="rate" name="rate" class="text-input select-input" autocomplete="off">
          {rates.map((rate) => (
            <option value={rate.rateId}>{rateText(rate, locale)}</option>
          ))}
        </select>
      </div>
      <p class="hint" id="delivery-hint" data-delivery-hint role="status" hidden={rates.length > 1}>
        {rates[0] && `Delivery: ${rateText(rates[0], locale)}`}
      </p>
    </div>
  );
};

function rateText({ name, amount }: DeliveryRate, locale: string): string {
  return `${name}, ${formatMinor(amount.amount, amount.currency, locale)}`;
}
