import type { CompatibleExecute, CompatibleRoute } from '@waqtor/contracts'
import { invalidInput } from '@waqtor/http-input'
import type * as files from '@waqtor/plugin-files/contract'
import type * as messages from '@waqtor/plugin-messages/contract'
import { demandText, text } from '../fields.ts'
import { kindOf, type Media, mediaOf } from '../media.ts'
import { saidIn } from '../message-text.ts'
import type { SentAnswers } from '../sent.ts'

/** `/messages/send-text` and `/messages/send-media`. */
export function messageRoutes(answers: SentAnswers): readonly CompatibleRoute[] {
  return [
    {
      method: 'POST',
      path: '/messages/send-text',
      commands: ['messages.sendText'],
      async answer({ body, instance }, execute) {
        const chatId = demandText(body, 'chatId', 'phone')
        const said = saidIn(body, chatId)
        if (!said) throw invalidInput('text', "'text' or 'message' is needed", "'text' or 'message' is needed")
        const { options } = body
        const input = { instance, chatId, text: said, options }
        return answers.answer(instance, await execute<typeof messages.sendText>('messages.sendText', input), chatId)
      },
    },
    {
      method: 'POST',
      path: '/messages/send-media',
      commands: ['messages.sendMedia'],
      body: 'large',
      async answer({ body, instance }, execute) {
        const chatId = demandText(body, 'chatId', 'phone')
        const media = await withKind(mediaOf(body), execute)
        const caption = text(body, 'caption') ?? saidIn(body, chatId)
        const input = { instance, chatId, ...media, caption, options: body.options }
        return answers.answer(instance, await execute<typeof messages.sendMedia>('messages.sendMedia', input), chatId)
      },
    },
  ]
}

/** What was uploaded says by its content what kind it is. */
async function withKind(media: Media, execute: CompatibleExecute): Promise<Media> {
  if (media.type !== undefined || media.fileId === undefined) return media
  // Whoever may not look at the file sends it as a document; one that is not there is refused by the send.
  const file = await execute<typeof files.getFile>('files.get', { fileId: media.fileId }).catch(() => undefined)
  const type = kindOf(file?.contentType, undefined)
  return type === undefined ? media : { ...media, type }
}
