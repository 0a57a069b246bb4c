import { defineNotice } from '@waqtor/contracts'
import { AccessBlocked, AccessRequested } from './contract/events.ts'

/** What administrators should know; nobody else holds `access:read`. */
export const notices = [
  defineNotice(AccessRequested, ({ userId, feature, note }) => ({
    type: 'info',
    title: 'Access requested',
    message: `${userId} asks for '${feature}'${note === '' ? '' : `: ${note}`}`,
    fields: { userId, feature, note },
  })),
  defineNotice(AccessBlocked, ({ userId, failures }) => ({
    type: 'warning',
    title: 'Too many wrong access codes',
    message: `${userId} has entered ${failures} wrong codes in a row; no code counts until you unlock`,
    fields: { userId, failures },
  })),
]
