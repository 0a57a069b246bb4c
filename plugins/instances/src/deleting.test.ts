import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import * as contract from './index.ts'
import { instancesKernel, status } from './testing/instances-kernel.ts'
import { alwaysReady } from './testing/scripted-transport.ts'

describe('deleting', () => {
  it('unlinks the account and removes all that belongs to it, for good', async () => {
    await using host = await instancesKernel({ provider: alwaysReady() })
    await status(host, 'ready')
    const transport = await host.provider.transport()
    expect(await host.run(contract.deleteInstance, { force: 'false' })).toEqual({ instance: 'default', deleted: true })
    expect(transport.calls).toEqual(['start', 'logout'])
    expect(existsSync(join(host.directory, 'instances', 'default'))).toBe(false)
    expect(host.services.accounts.ids()).toEqual([])
    await expect(host.run(contract.deleteInstance, {})).rejects.toMatchObject({ status: 404 })
    const { items } = await host.services.events.page({ instance: null })
    expect(items.at(-1)).toMatchObject({ type: 'instance.deleted', instance: null, data: { instanceId: 'default' } })
    // What a person deleted does not come back with the config that once created it.
    await host.reload({ config: { limits: { pingMs: 1_234 } } })
    expect((await host.run(contract.listInstances, {})).items).toEqual([])
    expect(await host.run(contract.createInstance, { id: 'default' })).toMatchObject({ id: 'default' })
  })

  it('is refused while a reader of the events is behind; the account stays, stopped, and can be forced out', async () => {
    await using host = await instancesKernel({ provider: alwaysReady(), config: { limits: { drainMs: 1 } } })
    await status(host, 'ready')
    host.services.events.read({ name: 'slow', handle: () => Promise.reject(new Error('not yet')) })
    await expect(host.run(contract.deleteInstance, {})).rejects.toMatchObject({
      code: 'WAQ_CONFLICT',
      message: expect.stringContaining("'slow'"),
    })
    expect(await host.run(contract.getInstance, {})).toMatchObject({ id: 'default', status: 'stopped' })
    await host.run(contract.startInstance, {})
    await status(host, 'ready')
    await host.run(contract.deleteInstance, { force: true })
    expect(host.services.accounts.has('default')).toBe(false)
  })

  it('is one person’s work at a time, and removes an account whose phone does not answer', async () => {
    await using host = await instancesKernel({ provider: alwaysReady() })
    await status(host, 'ready')
    const gate = Promise.withResolvers<void>()
    const transport = await host.provider.transport()
    transport.onLogout = () => gate.promise
    const deleting = host.run(contract.deleteInstance, {})
    await expect(host.run(contract.deleteInstance, {})).rejects.toThrow(/is being removed already/)
    await expect(host.run(contract.createInstance, { id: 'default' })).rejects.toMatchObject({ status: 409 })
    await expect.poll(() => transport.calls).toContain('logout')
    gate.reject(new Error('no answer'))
    expect(await deleting).toMatchObject({ deleted: true })
    expect(host.test.lines).toContainEqual(
      expect.objectContaining({ level: 'warn', message: expect.stringContaining('without being unlinked') }),
    )
  })

  it('goes on where it was cut short', async () => {
    await using host = await instancesKernel({ provider: alwaysReady() })
    await status(host, 'ready')
    await host.run(contract.stopInstance, {})
    // As a crash in the middle of a removal leaves it.
    const database = host.services.database
    await (await database.open('host')).write((tx) => tx.run('UPDATE instances SET deleting = 1'))
    const deleted = new Promise<void>((resolve) => {
      host.test.kernel.events.onAny((event) => {
        if (event.id === 'instance.deleted') resolve()
      })
    })
    await host.reload({ config: { limits: { pingMs: 1_234 } } })
    await deleted
    expect(existsSync(join(host.directory, 'instances', 'default'))).toBe(false)
    await expect(host.run(contract.getInstance, {})).rejects.toMatchObject({ status: 404 })
  })
})
