import { formatMinor } from '@commerce/contracts/vocabulary/money.ts';
import type { FC } from 'hono/jsx';
import type { DeliveryPlace, DeliveryRate } from '../delivery.ts';
import type { PageLocale } from '../page-locale.ts';

type DeliveryFieldsProps = { places: DeliveryPlace[]; locale: PageLocale };

/**
 * Where to and how, as far as there is a choice. The script fills in the rates of another country; the places it
 * knows them from are a data attribute.
 */
export const DeliveryFields: FC<DeliveryFieldsProps> = ({ places, locale }) => {
  const { texts } = locale;
  const rates = places.find(({ chosen }) => chosen)?.rates ?? [];
  const hasCountries = places.some(({ country }) => country !== undefined);
  return (
    <div class="delivery" data-delivery={JSON.stringify(places)}>
      {hasCountries && (
        <div class="field">
          <label for="country">{texts.deliverTo}</label>
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
        <label for="rate">{texts.delivery}</label>
        <select id="rate" name="rate" class="text-input select-input" autocomplete="off">
          {rates.map((rate) => (
            <option value={rate.rateId}>{rateText(rate, locale)}</option>
          ))}
        </select>
      </div>
      <p class="hint" id="delivery-hint" data-delivery-hint role="status" hidden={rates.length > 1}>
        {rates[0] && texts.deliveryIs(rateText(rates[0], locale))}
      </p>
    </div>
  );
};

function rateText({ name, amount }: DeliveryRate, { tag }: PageLocale): string {
  return `${name}, ${formatMinor(amount.amount, amount.currency, tag)}`;
}
