import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { waqtor } from '../testing/waqtor-process.ts'
import { Stack } from './fixtures/stack.ts'

const root = join(import.meta.dirname, '../../..')

/** Hours in which nothing is sent for a while: whoever runs a campaign now watches it wait. */
function laterHours(): string {
  const at = (hours: number) => new Date(Date.now() + hours * 3_600_000).toISOString().slice(11, 16)
  return `${at(6)}-${at(7)}@UTC`
}

describe('whoever watches a campaign on the command line', () => {
  it('is told by Ctrl-C, by the end of the host, and without a host what becomes of it', async () => {
    await using stack = await Stack.create()
    await stack.startNetwork()
    await stack.startHost()
    const people = join(stack.directory, 'people.csv')
    await writeFile(people, 'phone\n+201001200001\n+201001200002\n')
    const campaign = (...argv: string[]) =>
      waqtor(['campaign', ...argv], { cwd: root, env: { WAQTOR_DATA: stack.data } })
    const watch = async () => {
      const program = campaign('run', people, '-t', 'Hello', '--hours', laterHours())
      await program.err.seen(/^waits until/m)
      return program
    }

    await using left = await watch()
    left.kill('SIGINT')
    expect(await left.ended, left.err.text).toBe(1)
    const id = /^(cmp_\w+) goes on while a host runs$/m.exec(left.out.text)?.[1]
    expect(left.out.text).toContain(`\n  waqtor campaign status ${id}   shows how far it is\n`)
    expect((await stack.request('GET', `/api/v2/campaigns/${id}`)).body.status).toBe('running')

    await using lost = await watch()
    await stack.killHost()
    expect(await lost.ended).toBe(1)
    const words =
      /^waqtor: the running host does not answer.*Nothing is lost: campaign '(cmp_\w+)' goes on at the next start/m
    const other = words.exec(lost.err.text)?.[1]
    expect(other, lost.err.text).not.toBe(id)

    await using alone = campaign('status', `${other}`)
    expect(await alone.ended, alone.err.text).toBe(0)
    expect(alone.out.text).toContain(`\n${other} goes on at the next start: no host runs (\`waqtor start\`)\n`)
  }, 60_000)
})
