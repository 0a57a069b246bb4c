import {
  channelEvent,
  channelState,
  channelStateWhen,
  defineChannel,
  defineDisclosure,
  InstanceField,
  InstanceId,
  PageQuery,
  page,
  Timestamp,
} from '@waqtor/contracts'
import { defineCommand, defineEvent, z } from '@waqtor/kernel'

export const Status = z
  .enum(['stopped', 'connecting', 'qr', 'authenticated', 'ready', 'disconnected', 'auth_failure'])
  .describe('What the session is doing; docs/instances.md says what each means')

export const ClientInfo = z.object({ platform: z.string(), phoneNumber: z.string(), name: z.string() })

/** An account and what its session is doing. */
export const Instance = z.object({
  id: InstanceId,
  name: z.string(),
  transport: z.string().describe('How it connects: `whatsapp-web`, `simulator`'),
  autoStart: z.boolean().describe('Starts together with the host'),
  createdAt: Timestamp,
  status: Status,
  reason: z.string().nullable().describe('Why the session is not ready, where there is more to say'),
  clientInfo: ClientInfo.nullable().describe('The phone it is, or was last, connected as'),
  since: Timestamp.describe('When the status began'),
})
export type Instance = z.output<typeof Instance>

/** An account as it is shown by itself. */
export const InstanceDetails = Instance.extend({
  usage: z
    .object({
      processes: z.int().nonnegative().describe('Processes of its own'),
      memoryBytes: z.int().nonnegative().describe('Their memory; what they share is counted once'),
    })
    .nullable()
    .describe('What its connection takes of the machine, where that is known'),
})
export type InstanceDetails = z.output<typeof InstanceDetails>

const Name = z.string().trim().min(1).max(80).describe('For people; the id when absent')
const Transport = z.string().min(1).max(40).describe('How it connects; the default of the config when absent')
const AutoStart = z.boolean().describe('Start now, and together with the host')
const instance = { instance: InstanceField }
const one = z.strictObject(instance)

/** A QR code to scan. Whoever has it can take the account over, so it is never stored. */
export const SessionQr = defineEvent('session.qr', {
  kind: 'transient',
  permission: 'instances:pair',
  scope: 'instance',
  summary: 'A QR code waits to be scanned',
  schema: z.object({ qr: z.string(), timestamp: Timestamp }),
})

/** A code to type into the phone. As secret as the QR code. */
export const SessionPairingCode = defineEvent('session.pairing-code', {
  kind: 'transient',
  permission: 'instances:pair',
  scope: 'instance',
  summary: 'A pairing code waits to be typed into the phone',
  schema: z.object({ code: z.string(), timestamp: Timestamp }),
})

/** The session changed its status. */
export const SessionStatusChanged = defineEvent('session.status', {
  kind: 'recorded',
  permission: 'instances:read',
  scope: 'instance',
  summary: 'The session changed its status',
  schema: z.object({
    status: Status,
    reason: z.string().optional(),
    clientInfo: ClientInfo.optional(),
    timestamp: Timestamp,
  }),
})

/** An account was added. */
export const InstanceCreated = defineEvent('instance.created', {
  kind: 'recorded',
  permission: 'instances:read',
  scope: 'host',
  summary: 'An account was added',
  schema: z.object({ instanceId: z.string() }),
})

/** An account was removed with everything that belongs to it. */
export const InstanceDeleted = defineEvent('instance.deleted', {
  kind: 'recorded',
  permission: 'instances:read',
  scope: 'host',
  summary: 'An account was removed',
  schema: z.object({ instanceId: z.string() }),
})

export const listInstances = defineCommand('instances.list', {
  summary: 'List the accounts that the caller reaches',
  permission: 'instances:read',
  scope: 'host',
  http: { method: 'GET', path: '/instances' },
  hints: { readOnly: true, example: { limit: 20 } },
  input: z.strictObject(PageQuery),
  output: page(Instance),
})

export const createInstance = defineCommand('instances.create', {
  summary: 'Add an account',
  permission: 'instances:write',
  scope: 'host',
  http: { method: 'POST', path: '/instances', status: 201 },
  hints: { example: { id: 'shop', name: 'The shop' } },
  input: z.strictObject({
    id: InstanceId.optional().describe('Drawn when absent'),
    name: Name.optional(),
    transport: Transport.optional(),
    autoStart: AutoStart.default(true),
  }),
  output: Instance,
})

export const getInstance = defineCommand('instances.get', {
  summary: 'One account',
  permission: 'instances:read',
  scope: 'instance',
  http: { method: 'GET', path: '/instances/{instance}' },
  hints: { readOnly: true, example: { instance: 'shop' } },
  input: one,
  output: InstanceDetails,
})

export const updateInstance = defineCommand('instances.update', {
  summary: 'Rename an account, or change how it connects (while it is stopped)',
  permission: 'instances:write',
  scope: 'instance',
  http: { method: 'PATCH', path: '/instances/{instance}' },
  hints: { example: { instance: 'shop', name: 'The shop in Giza', autoStart: true } },
  input: z.strictObject({
    ...instance,
    name: Name.optional(),
    transport: Transport.optional(),
    autoStart: z.boolean().optional().describe('Start together with the host'),
  }),
  output: Instance,
})

export const deleteInstance = defineCommand('instances.delete', {
  summary: 'Remove an account with its messages, contacts, campaigns and session; unlinks it when it is connected',
  permission: 'instances:write',
  scope: 'instance',
  http: { method: 'DELETE', path: '/instances/{instance}' },
  hints: { destructive: true, example: { instance: 'shop' } },
  input: z.strictObject({
    ...instance,
    force: z
      .stringbool()
      .or(z.boolean())
      .default(false)
      .describe('Do not wait until webhooks and other readers have taken the last events'),
  }),
  output: z.object({ instance: InstanceId, deleted: z.literal(true) }),
})

export const startInstance = defineCommand('instances.start', {
  summary: 'Start the session; it connects in the background',
  permission: 'instances:write',
  scope: 'instance',
  http: { method: 'POST', path: '/instances/{instance}/start' },
  hints: { example: { instance: 'shop' } },
  input: one,
  output: Instance,
})

export const stopInstance = defineCommand('instances.stop', {
  summary: 'Stop the session; the account stays paired',
  permission: 'instances:write',
  scope: 'instance',
  http: { method: 'POST', path: '/instances/{instance}/stop' },
  hints: { example: { instance: 'shop' } },
  input: one,
  output: Instance,
})

export const restartInstance = defineCommand('instances.restart', {
  summary: 'Close the connection and open it anew',
  permission: 'instances:write',
  scope: 'instance',
  http: { method: 'POST', path: '/instances/{instance}/restart' },
  hints: { example: { instance: 'shop' } },
  input: one,
  output: Instance,
})

export const logoutInstance = defineCommand('instances.logout', {
  summary: 'Unlink the account from WhatsApp and stop; it must be paired again',
  permission: 'instances:write',
  scope: 'instance',
  http: { method: 'POST', path: '/instances/{instance}/logout' },
  hints: { destructive: true, example: { instance: 'shop' } },
  input: one,
  output: Instance,
})

export const getQr = defineCommand('instances.qr', {
  summary: 'The QR code to scan with the phone; waits a moment for it',
  permission: 'instances:pair',
  scope: 'instance',
  http: { method: 'GET', path: '/instances/{instance}/qr' },
  hints: { readOnly: true, example: { instance: 'shop' } },
  input: one,
  output: z.object({ qr: z.string().describe('The string to encode'), timestamp: Timestamp }),
})

export const getPairingCode = defineCommand('instances.pairingCode', {
  summary: 'A code to type into the phone instead of scanning',
  permission: 'instances:pair',
  scope: 'instance',
  http: { method: 'GET', path: '/instances/{instance}/pairing-code' },
  hints: { example: { instance: 'shop', phoneNumber: '+201001234567' } },
  input: z.strictObject({
    ...instance,
    phoneNumber: z
      .string()
      .trim()
      .max(40)
      .optional()
      .describe('The number of the phone, with its country code; when absent, the code that was asked for last'),
  }),
  output: z.object({ code: z.string(), timestamp: Timestamp }),
})

export const getState = defineCommand('session.state', {
  summary: 'What the session is doing, since when, and when it last gave a sign of life',
  permission: 'instances:read',
  scope: 'instance',
  http: { method: 'GET', path: '/instances/{instance}/state' },
  hints: { readOnly: true, example: { instance: 'shop' } },
  input: one,
  output: z.object({
    instance: InstanceId,
    status: Status,
    reason: z.string().nullable(),
    clientInfo: ClientInfo.nullable(),
    since: Timestamp.describe('When the status began'),
    uptimeMs: z.int().nonnegative().describe('How long the session has been ready; 0 while it is not'),
    lastSeenAt: Timestamp.nullable().describe(
      'The last sign of life of the connection: a message, or an answered probe',
    ),
    failures: z.int().nonnegative().describe('Connections lost in a row'),
    retryAt: Timestamp.nullable().describe('When the next try is due'),
    timestamp: Timestamp,
  }),
})

/** Whoever is sent a code has looked at it, as with the commands. */
export const disclosures = [defineDisclosure(SessionQr, getQr), defineDisclosure(SessionPairingCode, getPairingCode)]

const LiveStatus = z.object({ status: Status, clientInfo: ClientInfo.optional(), timestamp: Timestamp })
const LiveQr = z.object({ qr: z.string().describe('The string to encode'), timestamp: Timestamp })

/** The session of an account as it goes; a QR code for those who may pair. Counters come from the messages plugin. */
export const StatusChannel = defineChannel('/status', {
  summary: 'The session of an account as it goes',
  permission: 'instances:read',
  scope: 'instance',
  events: [
    channelEvent('status', SessionStatusChanged, LiveStatus, {
      send: ({ status, clientInfo, timestamp }) => ({ status, ...(clientInfo && { clientInfo }), timestamp }),
    }),
    channelEvent('qr', SessionQr, LiveQr, { send: ({ qr, timestamp }) => ({ qr, timestamp }) }),
  ],
  state: [
    channelState(getState, {}, ({ status, clientInfo, since }) => [
      { name: 'status', data: { status, ...(clientInfo && { clientInfo }), timestamp: since } },
    ]),
    channelState(
      getQr,
      {},
      (data) => [{ name: 'qr', data }],
      channelStateWhen(getState, ({ status }) => status === 'qr'),
    ),
  ],
})
