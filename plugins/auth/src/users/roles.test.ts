import { defineChannel } from '@waqtor/contracts'
import { defineCommand, defineEvent, definePlugin, z } from '@waqtor/kernel'
import { describe, expect, it } from 'vitest'
import { createKey } from '../contract.ts'
import { startAuth } from '../fixtures/start-auth.ts'
import { permissionsOf } from './roles.ts'

const known = [
  'campaigns:read',
  'campaigns:write',
  'instances:read',
  'instances:write',
  'instances:pair',
  'keys:read',
  'users:write',
  'system:backup',
  'profile:read',
  'profile:write',
  'notifications:read',
  'mcp:read',
  'mcp:write',
]

describe('the roles', () => {
  it('give an administrator everything', () => {
    expect([...permissionsOf('admin', known)]).toEqual(['*'])
  })

  it('give a user the daily work, and nothing of what is for administrators', () => {
    expect([...permissionsOf('user', known)]).toEqual([
      'campaigns:read',
      'campaigns:write',
      'instances:read',
      'profile:read',
      'profile:write',
      'notifications:read',
      'mcp:read',
    ])
  })

  it('let a viewer look on, and do what concerns itself alone', () => {
    expect([...permissionsOf('viewer', known)]).toEqual([
      'campaigns:read',
      'instances:read',
      'profile:read',
      'profile:write',
      'notifications:read',
      'mcp:read',
    ])
  })

  it('follow the plugins that come and go', async () => {
    const command = defineCommand('shop.sell', {
      ...{ summary: 'Sell', permission: 'shop:write', scope: 'host' as const },
      ...{ input: z.strictObject({}), output: z.strictObject({}) },
    })
    const Sold = defineEvent('shop.sold', {
      ...{ kind: 'transient', permission: 'shop:read', scope: 'host' },
      schema: z.object({}),
    })
    const shop = definePlugin({
      ...{ name: 'shop', config: z.strictObject({ open: z.boolean().default(false) }), events: [Sold] },
      setup: (ctx) => void (ctx.config.open && ctx.handle(command, () => ({}))),
    })
    await using it = await startAuth({ more: [shop()] })
    await it.user('mona')
    const principal = (await it.holder((await it.signIn('mona')).token))!
    expect(principal.permissions).toContain('shop:read')
    expect(principal.permissions).not.toContain('shop:write')
    await it.test.reload((entry) => (entry.spec.name === 'shop' ? shop({ open: true }) : entry))
    expect(principal.permissions).toContain('shop:write')
  })

  it('count what only a channel asks for, as keys do', async () => {
    const Window = defineChannel('/window', {
      ...{ summary: 'The window', permission: 'window:read', scope: 'host', events: [] },
    })
    const shop = definePlugin({ name: 'shop', config: z.strictObject({}), contributes: [Window], setup() {} })
    await using it = await startAuth({ more: [shop()] })
    await it.user('mona')
    expect((await it.holder((await it.signIn('mona')).token))!.permissions).toContain('window:read')
    await expect(it.test.run(createKey, { permissions: ['window:read'] })).resolves.toMatchObject({
      permissions: ['window:read'],
    })
  })
})
