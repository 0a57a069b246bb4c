import { describe, expect, it } from 'vitest'
import { actionsOf, statusAfter } from './status.ts'

describe('the campaign', () => {
  it('starts once, pauses and resumes, and ends for good', () => {
    expect(statusAfter('draft', 'start')).toBe('running')
    expect(statusAfter('running', 'start')).toBeUndefined()
    expect(statusAfter('running', 'pause')).toBe('paused')
    expect(statusAfter('paused', 'resume')).toBe('running')
    for (const ended of ['completed', 'cancelled', 'failed'] as const) expect(actionsOf(ended)).toEqual([])
  })

  it('tells what can be done with it', () => {
    expect(actionsOf('running')).toEqual(['pause', 'cancel'])
    expect(actionsOf('paused')).toEqual(['resume', 'cancel'])
  })
})
