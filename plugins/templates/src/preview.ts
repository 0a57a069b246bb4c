import { messageOf } from '@waqtor/kernel'
import {
  checkTemplate,
  lookUp,
  type Multilingual,
  parseTemplate,
  textIn,
  type Variables,
} from '@waqtor/message-template'
import { invalid } from './invalid.ts'

/**
 * What somebody of a language would get.
 * @throws WaqtorError WAQ_INPUT_INVALID (400) when the text becomes too long with these values
 */
export function preview(message: Multilingual, wanted: string | null, variables: Variables) {
  const { language, text: source } = textIn(message, wanted)
  const template = parseTemplate(source)
  const value = lookUp(variables)
  const warnings = checkTemplate(source, { known: Object.keys(variables) }).map((it) => ({ language, ...it }))
  const missing = template.required.filter((it) => !value(it))
  const text = rendered(() => template.render(value))
  return { text, language, characters: text.length, missing, warnings }
}

function rendered(render: () => string): string {
  try {
    return render()
  } catch (error) {
    if (!(error instanceof RangeError)) throw error
    throw invalid('variables', messageOf(error))
  }
}
