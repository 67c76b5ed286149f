import { currencies } from '../resources/currencies.ts';
import { invalidRequest, parameterMissing } from './api-error.ts';
import type { FormValue } from './form.ts';
import type { Param } from './schema.ts';

/** A text that is not empty, of at most `maxCharacters` (5000, as Stripe has it, where not given). */
export function text(maxCharacters = 5_000): Param<string> {
  return {
    read(value, path) {
      const given = scalar(value, path);
      if (given.length > maxCharacters) {
        const message = `Invalid string: ${shorten(given)}; must be at most ${maxCharacters} characters`;
        throw invalidRequest(message, { param: path });
      }
      return given;
    },
  };
}

/** An integer within the bounds; Unix timestamps are integers too. */
export function integer(bounds: { min?: number; max?: number } = {}): Param<number> {
  return {
    read(value, path) {
      const given = scalar(value, path);
      const number = /^[+-]?\d{1,15}$/.test(given) ? Number(given) : undefined;
      const details = { code: 'parameter_invalid_integer', param: path };
      if (number === undefined) throw invalidRequest(`Invalid integer: ${shorten(given)}`, details);
      if (bounds.min !== undefined && number < bounds.min) {
        const message = `This value must be greater than or equal to ${bounds.min} (it currently is '${given}').`;
        throw invalidRequest(message, details);
      }
      if (bounds.max !== undefined && number > bounds.max) {
        const message = `This value must be less than or equal to ${bounds.max} (it currently is '${given}').`;
        throw invalidRequest(message, details);
      }
      return number;
    },
  };
}

export const boolean: Param<boolean> = {
  read(value, path) {
    const given = scalar(value, path);
    if (given !== 'true' && given !== 'false') {
      throw invalidRequest(`Invalid boolean: ${shorten(given)}`, { param: path });
    }
    return given === 'true';
  },
};

/** One of the given words. */
export function oneOf<const W extends readonly string[]>(...words: W): Param<W[number]> {
  return {
    read(value, path) {
      const given = scalar(value, path);
      const word = words.find((candidate) => candidate === given);
      if (word === undefined) {
        throw invalidRequest(`Invalid ${path}: must be ${enumerate(words)}`, { param: path });
      }
      return word;
    },
  };
}

/** A number with a decimal point, `0 < value <= 100`. */
export const percentage: Param<number> = {
  read(value, path) {
    const given = scalar(value, path);
    const number = /^\d{1,3}(?:\.\d{1,4})?$/.test(given) ? Number(given) : Number.NaN;
    if (!(number > 0 && number <= 100)) {
      throw invalidRequest(`Invalid percent: ${shorten(given)}`, { param: path });
    }
    return number;
  },
};

/** An ISO 4217 code in lower case, as Stripe documents it. */
export const currency: Param<string> = {
  read(value, path) {
    const given = scalar(value, path);
    if (!currencies.has(given)) {
      const message = `Invalid currency: ${shorten(given)}. Stripe currently supports these currencies: ${[...currencies].join(', ')}`;
      throw invalidRequest(message, { param: path });
    }
    return given;
  },
};

export const url: Param<string> = {
  read(value, path) {
    const given = scalar(value, path);
    const parsed = URL.canParse(given) ? new URL(given) : undefined;
    if (parsed === undefined || !/^https?:$/.test(parsed.protocol)) {
      throw invalidRequest('Not a valid URL', { code: 'url_invalid', param: path });
    }
    return given;
  },
};

export const email: Param<string> = {
  read(value, path) {
    const given = scalar(value, path);
    if (!/^[^\s@]+@[^\s@]+\.[^\s@]+$/.test(given)) {
      throw invalidRequest(`Invalid email address: ${shorten(given)}`, {
        code: 'email_invalid',
        param: path,
      });
    }
    return given;
  },
};

function scalar(value: FormValue | undefined, path: string): string {
  if (value === undefined) throw parameterMissing(path);
  if (typeof value !== 'string') throw invalidRequest('Invalid string', { param: path });
  if (value === '') {
    const message = `You passed an empty string for '${path}'. We assume empty values are an attempt to unset a parameter; however '${path}' cannot be unset. You should remove '${path}' from your request or supply a non-empty value.`;
    throw invalidRequest(message, { code: 'parameter_invalid_empty', param: path });
  }
  return value;
}

function enumerate(words: readonly string[]): string {
  if (words.length === 1) return String(words[0]);
  if (words.length === 2) return `one of ${words.join(' or ')}`;
  return `one of ${words.slice(0, -1).join(', ')}, or ${words.at(-1)}`;
}

function shorten(given: string): string {
  return given.length <= 60 ? given : `${given.slice(0, 60)}…`;
}
