import { Timestamp } from '@waqtor/contracts'
import { defineEvent, type Schema, z } from '@waqtor/kernel'
import { FeatureName, Features, Until } from './features.ts'

const define = <S extends Schema>(id: string, summary: string, schema: S) =>
  defineEvent(id, { kind: 'recorded', permission: 'access:read', scope: 'host', summary, schema })

/** Somebody asks for a feature; administrators answer with a code or a subscription. */
export const AccessRequested = define(
  'access.requested',
  'Somebody asks for a feature',
  z.object({ userId: z.string(), feature: FeatureName, note: z.string(), timestamp: Timestamp }),
)

/** Somebody has opened something with a code. */
export const AccessUnlocked = define(
  'access.unlocked',
  'Somebody has opened features with a code',
  z.object({ userId: z.string(), features: Features, codeId: z.string(), until: Until, timestamp: Timestamp }),
)

/** So many wrong codes that none is looked at any more, until an administrator unlocks. */
export const AccessBlocked = define(
  'access.blocked',
  'Somebody has entered too many wrong codes',
  z.object({ userId: z.string(), failures: z.int().positive(), timestamp: Timestamp }),
)
