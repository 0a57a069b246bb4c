import { join } from 'node:path'
import {
  CredentialRevoked,
  Database,
  EventLog,
  HostInfo,
  Instances,
  People,
  PermissionsChanged,
} from '@waqtor/contracts'
import { definePlugin, WaqtorError } from '@waqtor/kernel'
import { openKeyFile } from '@waqtor/key-file'
import { type Connect, createOutgoing, portsOf, type Resolve } from '@waqtor/outgoing-requests'
import type { Clock } from './clock.ts'
import { handleCommands } from './commands.ts'
import { config } from './config.ts'
import { WebhookDelivered, WebhookDisabled, WebhookDisabledNotice, WebhookFailed } from './contract.ts'
import { WebhookMetrics } from './figures.ts'
import { migrations } from './schema.ts'
import { KEY_FILE } from './sealing.ts'
import { openWebhooks, type Webhooks } from './webhooks.ts'

/** What tests put in place of the world. */
export interface Surroundings {
  readonly clock?: Clock
  readonly random?: () => number
  readonly resolve?: Resolve
  readonly connect?: Connect
}

/** Wires the plugin. */
export const webhooksPlugin = ({ resolve, connect, ...world }: Surroundings = {}) =>
  definePlugin({
    name: 'webhooks',
    kernel: '^1',
    config,
    requires: { database: Database, events: EventLog, host: HostInfo },
    optional: { instances: Instances, people: People },
    events: [WebhookDelivered, WebhookFailed, WebhookDisabled],
    contributes: [WebhookDisabledNotice, WebhookMetrics],
    async setup(ctx) {
      const { database, events, host, instances, people } = ctx.services
      await database.migrate('webhooks', 'host', migrations)
      const outgoing = createOutgoing({
        ...(resolve && { resolve }),
        ...(connect && { connect }),
        allowPrivate: ctx.config.allowPrivate,
        ownPorts: () => portsOf(host.address?.()),
      })
      ctx.onClose(() => outgoing.close())

      let opened: Webhooks | undefined
      const webhooks = (): Webhooks => {
        if (opened) return opened
        throw new WaqtorError('WAQ_RELOADING', 'the webhooks are not open yet', { retryAfter: 1 })
      }
      ctx.tap(ctx.kernel.hooks.boot, async () => {
        const { key } = await openKeyFile(join(host.dataDirectory, KEY_FILE), 'every webhook needs a new secret then')
        const file = await database.open('host')
        const { kernel, log } = ctx
        const { version } = host
        opened = await openWebhooks({
          ...world,
          kernel,
          file,
          events,
          instances,
          people,
          outgoing,
          key,
          version,
          config: ctx.config,
          log,
        })
        ctx.onClose(opened.close)
      })
      // What a plugin that narrows has to say is known once all of them have booted.
      ctx.tap(ctx.kernel.hooks.ready, () => opened?.begin())
      ctx.on(CredentialRevoked, ({ principalId }) => opened?.vouching.review(principalId))
      ctx.on(PermissionsChanged, ({ principalId }) => opened?.vouching.review(principalId))
      ctx.tap(ctx.kernel.hooks.close, () => opened?.close())
      handleCommands(ctx, webhooks)
    },
  })
