import type { ScriptTexts } from './english-scripts.ts';

const PROBLEMS: ScriptTexts['problems'] = {
  inventory_insufficient: {
    title: 'Davon ist nicht mehr genug da.',
    detail: 'Bitte ändern Sie Ihren Warenkorb, und versuchen Sie es noch einmal.',
  },
  inventory_unknown_variant: {
    title: 'Etwas in Ihrem Warenkorb wird nicht mehr verkauft.',
    detail: 'Bitte nehmen Sie es heraus, und versuchen Sie es noch einmal.',
  },
  inventory_busy: {
    title: 'Viele kaufen das gerade.',
    detail: 'Noch ist nichts entschieden. Bitte versuchen Sie es gleich noch einmal.',
  },
  hold_expired: {
    title: 'Ihre Artikel waren für Sie reserviert, aber die Zeit ist um.',
    detail: 'Bitte gehen Sie noch einmal zur Kasse.',
  },
  idempotency_in_progress: {
    title: 'Ihre Bestellung wird noch vorbereitet.',
    detail: 'Bitte versuchen Sie es gleich noch einmal.',
  },
  idempotency_key_reused: {
    title: 'Ihr Warenkorb hat sich inzwischen geändert.',
    detail: 'Bitte laden Sie diese Seite neu, und prüfen Sie Ihre Bestellung.',
  },
  cart_already_paid: {
    title: 'Dieser Warenkorb ist schon bezahlt.',
    detail: 'Sie müssen nicht zweimal zahlen. Wir haben einen neuen für Sie begonnen.',
  },
  checkout_not_open: {
    title: 'Dieser Bezahlvorgang ist abgeschlossen.',
    detail: 'Bitte gehen Sie noch einmal zur Kasse.',
  },
  cart_empty: { title: 'Ihr Warenkorb ist leer.', detail: 'Bitte legen Sie zuerst etwas hinein.' },
  quantity_over_limit: {
    title: 'Das ist mehr, als dieser Shop auf einmal verkauft.',
    detail: 'Bitte verringern Sie die Menge in Ihrem Warenkorb.',
  },
  product_not_found: {
    title: 'Etwas in Ihrem Warenkorb wird nicht mehr verkauft.',
    detail: 'Bitte nehmen Sie es heraus, und versuchen Sie es noch einmal.',
  },
  rental_invalid: {
    title: 'An diesen Tagen geht es nicht.',
    detail: 'Bitte wählen Sie andere Tage.',
  },
  shop_not_trading: {
    title: 'Dieser Shop nimmt zurzeit keine Bestellungen an.',
    detail: 'Ihr Warenkorb bleibt erhalten. Bitte kommen Sie später wieder.',
  },
  rate_limited: {
    title: 'Das ging etwas zu schnell.',
    detail: 'Bitte warten Sie einen Moment, und versuchen Sie es noch einmal.',
  },
  payment_provider_unavailable: {
    title: 'Der Zahlungsdienst ist nicht erreichbar.',
    detail: 'Sie haben nichts bezahlt. Bitte versuchen Sie es gleich noch einmal.',
  },
  payment_outcome_unknown: {
    title: 'Der Zahlungsdienst hat noch nicht geantwortet.',
    detail: 'Sie haben nichts bezahlt. Ein neuer Versuch macht da weiter, wo dieser aufgehört hat.',
  },
};

/** The words of the pages' scripts, in German. */
export const GERMAN_SCRIPTS: ScriptTexts = {
  problems: PROBLEMS,
  anyProblem: {
    title: 'Das hat nicht geklappt.',
    detail: 'Bitte versuchen Sie es gleich noch einmal.',
  },
  itemSoldOut: (item) => `${item}: ausverkauft`,
  itemShort: (item, available, requested) =>
    `${item}: noch ${available} da, Sie möchten ${requested}`,

  inStock: 'Vorrätig',
  fewLeft: (available) => `Nur noch ${available} da`,
  soldOut: 'Ausverkauft',
  lessThanWanted: (available, wanted) => `Nur noch ${available} da, Sie möchten ${wanted}`,
  linesNotShown: 'Der Inhalt Ihres Warenkorbs lässt sich hier gerade nicht zeigen.',

  notInCombination: 'In dieser Kombination nicht erhältlich',
  inYourCart: (product) => `${product} ist im Warenkorb.`,
  goToCart: 'Zum Warenkorb',
  quantityNow: (product, quantity) => `${product}: Menge ${quantity}`,
  removed: (product) => `${product} entfernt`,
  cartEmptied: 'Der Warenkorb ist leer',
  changeCart: 'Warenkorb ändern',

  tryAgain: 'Noch einmal versuchen',
  tryingAgain: 'Viele andere sind auch dabei. Wir versuchen es noch einmal für Sie\u00a0…',
  stillTrying: 'Das dauert noch einen Moment. Wir versuchen es noch einmal für Sie\u00a0…',
  processing: 'In Bearbeitung\u00a0…',
  deliveryIs: (rate) => `Versand: ${rate}`,
  subtotal: 'Zwischensumme',
  discount: 'Rabatt',
  delivery: 'Versand',
  tax: 'Steuern',
  deposit: 'Kaution, wird erstattet',
  total: 'Gesamtsumme',
  paySum: (sum) => `${sum} bezahlen`,
  itemsKept: (sum) => `Ihre Artikel sind für Sie reserviert. Die Gesamtsumme ist ${sum}.`,
  cardDeclined: 'Ihre Karte wurde abgelehnt. Sie haben nichts bezahlt.',
  paymentNotLoaded: 'Das Zahlungsformular wurde nicht geladen. Bitte versuchen Sie es noch einmal.',
  standInAnswered: (status) => `Der Ersatz für den Zahlungsdienst hat mit ${status} geantwortet.`,
  standInUnreachable:
    'Der Ersatz für den Zahlungsdienst antwortet nicht. Läuft die lokale Plattform?',

  yourOrder: 'Ihre Bestellung',
  orderTakesLong:
    'Das dauert länger als sonst. Wenn Sie bezahlt haben, bekommen Sie Ihre Bestellung oder Ihr Geld zurück, ob diese Seite offen ist oder nicht.',
  orderUnknown: 'Diese Bestellung gibt es in diesem Shop nicht.',
  orderNotYours:
    'Dieser Browser darf diese Bestellung nicht sehen. Bitte öffnen Sie sie dort, wo Sie bestellt haben.',
  orderNotCancelled:
    'Die Bestellung ließ sich gerade nicht stornieren. Bitte versuchen Sie es noch einmal.',
};
