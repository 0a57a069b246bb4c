import { checkTexts } from '@waqtor/message-template'
import { messageIn, variablesIn } from './context.ts'
import type { MessageWarning } from './contract.ts'
import { builtIn } from './message.ts'
import type { CampaignRow } from './store.ts'

/** What in the texts of a campaign is probably not meant. Recipients bring variables of their own, so that no name is unknown. */
export function warningsOf({ message, variables }: Pick<CampaignRow, 'message' | 'variables'>): MessageWarning[] {
  const { variants } = messageIn(message)
  const known = [...builtIn, ...Object.keys(variablesIn(variables))]
  return variants.flatMap(({ name, text, language, languages }) => {
    const others = Object.fromEntries(Object.entries(languages).map(([tag, it]) => [tag, { text: it }]))
    const variant = variants.length > 1 ? name : null
    return checkTexts({ language, text, variants: others }, { known, only: false }).map((it) => ({ variant, ...it }))
  })
}
