import { hash } from 'node:crypto'

/**
 * What is kept of a chat that opted out after the person was erased: enough to know the number again when somebody brings
 * it back, not enough to read it. The salt is the same everywhere and no secret, on purpose. Numbers are few enough to
 * be tried one by one under any salt that lies beside the list, and a salt that lies elsewhere can be lost: a file that is
 * restored on another machine would then forget who opted out, and write to them.
 */
export function chatHash(chatId: string): string {
  return hash('sha256', `waqtor opt-out ${chatId}`, 'hex').slice(0, 32)
}
