import type { FC } from 'hono/jsx';
import { MAX_QUANTITY } from '../../cart/cart.rules.ts';
import type { PageTexts } from '../texts/page-texts.ts';

type StepperProps = {
  id: string;
  /** The input's accessible name, such as “Quantity of Mug”. */
  label: string;
  value: number;
  visibleLabel?: boolean;
  texts: PageTexts;
};

/** A quantity to type, with buttons for one less and one more. */
export const Stepper: FC<StepperProps> = ({ id, label, value, visibleLabel = false, texts }) => (
  <div class="field">
    <label for={id} class={visibleLabel ? undefined : 'visually-hidden'}>
      {label}
    </label>
    <div class="stepper" data-stepper>
      <button type="button" data-step="-1" aria-label={texts.oneLess(label)}>
        −
      </button>
      <input
        id={id}
        name="quantity"
        type="number"
        inputmode="numeric"
        min={1}
        max={MAX_QUANTITY}
        step={1}
        value={value}
        required
      />
      <button type="button" data-step="1" aria-label={texts.oneMore(label)}>
        +
      </button>
    </div>
  </div>
);
