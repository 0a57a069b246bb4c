import type { MessageChange } from '@waqtor/contracts'

type Without<T, K extends PropertyKey> = T extends unknown ? Omit<T, K> : never

/** What can happen to a message. `dropped`: it is gone from this phone alone. */
export type Change =
  | Without<MessageChange, 'messageId' | 'chatId' | 'from' | 'timestamp'>
  | { readonly type: 'dropped' }
