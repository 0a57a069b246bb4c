import type { ChildProcess } from 'node:child_process'
import { PassThrough } from 'node:stream'
import { expect, it } from 'vitest'
import { hearPipes } from './pipes.ts'

it('a pipe that breaks is no error that nobody hears', () => {
  const pipes = [new PassThrough(), new PassThrough()]
  const reset = Object.assign(new Error('read ECONNRESET'), { code: 'ECONNRESET' })
  expect(() => pipes[0]!.emit('error', reset)).toThrow('ECONNRESET')
  hearPipes({ stdio: [null, ...pipes, undefined, undefined] as unknown as ChildProcess['stdio'] })
  for (const pipe of pipes) expect(() => pipe.emit('error', reset)).not.toThrow()
  hearPipes(null)
})
