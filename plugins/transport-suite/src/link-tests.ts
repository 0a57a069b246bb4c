import { expect, it } from 'vitest'
import type { Stage } from './transport-suite.ts'

export function linkTests(stage: Stage): void {
  it('tells that it is authenticated, then who it is', async () => {
    await using account = await stage.account()
    const { facts } = await account.ready(stage.world.provider)
    expect(facts.all.map((it) => it.type)).toEqual(['authenticated', 'ready'])
    const [{ info, pairing } = { info: undefined, pairing: '' }] = facts.of('ready')
    expect(info?.phoneNumber).toMatch(/^\d{5,15}$/)
    expect(pairing).not.toBe('')
  })

  it('shows a QR and is ready once the phone has scanned it', async () => {
    await using account = await stage.account()
    const { instance } = account
    const { facts } = await account.start(stage.world.unpaired)
    const { qr } = await facts.next('qr')
    await stage.world.scan({ instance, qr })
    await facts.next('authenticated')
    await facts.next('ready')
  })

  it('can be linked by a code for a phone number instead', async () => {
    await using account = await stage.account()
    const { instance } = account
    const { facts, transport } = await account.start(stage.world.unpaired)
    await facts.next('qr')
    const code = await transport.requestPairingCode('201001234567')
    expect(await facts.next('pairing-code')).toEqual({ type: 'pairing-code', code })
    await stage.world.scan({ instance, code })
    const { info } = await facts.next('ready')
    expect(info.phoneNumber).toBe('201001234567')
  })

  it('comes back with the same pairing after a restart', async () => {
    await using account = await stage.account()
    const first = await account.start(stage.world.provider)
    const { pairing } = await first.facts.next('ready')
    await first.transport.stop()
    // This one would show a QR if the pairing were lost.
    const second = await account.start(stage.world.unpaired)
    expect((await second.facts.next('ready')).pairing).toBe(pairing)
    expect(second.facts.of('qr')).toEqual([])
  })

  it('has a new pairing when its directory was lost', async () => {
    await using account = await stage.account()
    const first = await account.start(stage.world.provider)
    const { pairing } = await first.facts.next('ready')
    await first.transport.stop()
    await using stranger = await stage.account()
    const second = await stranger.start({
      kind: 'test',
      create: (setup) => stage.world.provider.create({ ...setup, instance: account.instance }),
    })
    expect((await second.facts.next('ready')).pairing).not.toBe(pairing)
  })

  it('forgets its pairing when it is told to log out', async () => {
    await using account = await stage.account()
    const { transport } = await account.ready(stage.world.provider)
    await transport.logout()
    const again = await account.start(stage.world.unpaired)
    await again.facts.next('qr')
    expect(again.facts.of('ready')).toEqual([])
  })

  it('hears that the phone has logged it out, and must be linked anew', async () => {
    await using account = await stage.account()
    const first = await account.start(stage.world.provider)
    const { pairing } = await first.facts.next('ready')
    await stage.world.control({ instance: account.instance, logout: true })
    expect((await first.facts.next('disconnected')).loggedOut).toBe(true)
    const second = await account.start(stage.world.provider)
    expect((await second.facts.next('ready')).pairing).not.toBe(pairing)
  })

  it('loses its session to a second one on the same pairing', async () => {
    await using account = await stage.account()
    const first = await account.ready(stage.world.provider)
    await account.ready(stage.world.provider)
    expect((await first.facts.next('disconnected')).loggedOut).toBeUndefined()
    await expect(first.transport.ping()).rejects.toMatchObject({ failure: 'not-connected' })
  })

  it('proves with a ping that it is alive', async () => {
    await using account = await stage.account()
    const { transport } = await account.ready(stage.world.provider)
    await transport.ping()
  })

  it('is silent once it was stopped, however often', async () => {
    await using account = await stage.account()
    const { transport, facts } = await account.ready(stage.world.provider)
    const before = facts.all.length
    await transport.stop()
    await transport.stop()
    await stage.world.control({ instance: account.instance, logout: true })
    await expect(transport.ping()).rejects.toMatchObject({ failure: 'not-connected' })
    expect(facts.all.length).toBe(before)
  })
}
