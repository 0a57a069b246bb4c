import { WaqtorError } from '@waqtor/kernel'

/** What people choose first when ten characters are asked for. */
const common = new Set([
  '0123456789',
  '1234567890',
  '12345678910',
  '0987654321',
  '1q2w3e4r5t',
  '1q2w3e4r5t6y',
  'qwertyuiop',
  'qwerty1234',
  'qwerty12345',
  'qwerty123456',
  'asdfghjkl;',
  'password12',
  'password123',
  'password1234',
  'passw0rd123',
  'p@ssw0rd123',
  'administrator',
  'admin12345',
  'admin123456',
  'iloveyou123',
  'iloveyou1234',
  'letmein123',
  'letmein1234',
  'welcome123',
  'welcome1234',
  'changeme123',
  'whatsapp123',
])

/** Why a password would be guessed soon; nothing when it is none of the obvious ones. */
export function weaknessOf(password: string, name: string): string | undefined {
  const text = password.normalize('NFKC').toLowerCase()
  if (new Set(text).size < 4) return 'has too few different characters'
  if (common.has(text)) return 'is one that many people use'
  const bare = text.replace(/[\d\W_]+$/u, '')
  return bare === name.normalize('NFKC').toLowerCase() ? 'is little more than the name' : undefined
}

/** @param field where the password stands in the input; @throws WaqtorError WAQ_INPUT_INVALID (400) */
export function demandStrong(password: string, name: string, field: string): void {
  const weakness = weaknessOf(password, name)
  if (weakness === undefined) return
  throw new WaqtorError('WAQ_INPUT_INVALID', `the password ${weakness}: take another, such as a few words in a row`, {
    details: { errors: [{ path: field, message: weakness }] },
  })
}
