import type { OutgoingCard } from './transport.ts'

/**
 * The text that stands for a location, a contact or a poll: in the history, in searches, and in `bodyHash`. Who sends and
 * who looks compute it alike.
 * @example cardText({ kind: 'poll', question: 'When?', options: ['Today', 'Tomorrow'], multiple: false }) === 'When?\nToday\nTomorrow'
 */
export function cardText(card: OutgoingCard): string {
  switch (card.kind) {
    case 'location': {
      // WhatsApp keeps coordinates as floating point; six digits are a tenth of a metre and survive it.
      const place = `${card.latitude.toFixed(6)},${card.longitude.toFixed(6)}`
      return [place, card.name, card.address].filter((it) => it !== undefined && it !== '').join('\n')
    }
    case 'contact':
      return `${card.name}\n+${card.phoneNumber}`
    case 'poll':
      return [card.question, ...card.options].join('\n')
  }
}
