import { me } from './contacts.js'
import { Model } from './model.js'
import { MsgKey } from './msg-key.js'
import { define, requireModule } from './registry.js'
import { recall, remember } from './storage.js'
import { createWid } from './wid.js'
import { wire } from './wire.js'

// The library wraps these two, so they are looked up at every call.
define('WAWebAddonReactionTableMode', {
  reactionTableMode: { bulkUpsert: (rows) => upsert('reactions', rows, reactionRow) },
})
define('WAWebAddonPollVoteTableMode', { pollVoteTableMode: { bulkUpsert: (rows) => upsert('votes', rows, voteRow) } })

const reactionRow = (it) => ({
  parent: String(it.reactionParentKey),
  sender: String(it.author ?? it.from),
  text: it.reactionText,
  timestamp: it.reactionTimestamp,
})

const voteRow = (it) => ({
  parentMsgKey: String(it.pollUpdateParentKey),
  sender: String(it.author ?? it.from),
  selectedOptionLocalIds: it.selectedOptionLocalIds,
  senderTimestampMs: it.senderTimestampMs,
})

/** One row for each sender and message: the latest counts. */
async function upsert(table, added, rowOf) {
  const rows = (await recall(table)) ?? []
  const nameOf = (it) => `${it.parent ?? it.parentMsgKey} ${it.sender}`
  const byName = new Map([...rows, ...added.map(rowOf)].map((it) => [nameOf(it), it]))
  await remember(table, [...byName.values()])
}

export async function reacted({ parent, id, from, emoji, timestamp }) {
  const parentKey = MsgKey.fromString(parent)
  const sender = createWid(from)
  const fromMe = sender.equals(me())
  const { reactionTableMode } = requireModule('WAWebAddonReactionTableMode')
  await reactionTableMode.bulkUpsert([
    {
      id: new MsgKey({ fromMe, remote: parentKey.remote, id, participant: parentKey.participant && sender }),
      reactionParentKey: parentKey,
      reactionText: emoji,
      reactionTimestamp: timestamp,
      from: sender,
      author: sender,
      orphan: 0,
      read: false,
      ack: fromMe ? 1 : undefined,
    },
  ])
}

export async function voted({ parent, id, from, options, timestamp }) {
  const parentKey = MsgKey.fromString(parent)
  const sender = createWid(from)
  const { pollVoteTableMode } = requireModule('WAWebAddonPollVoteTableMode')
  await pollVoteTableMode.bulkUpsert([
    {
      id: new MsgKey({ fromMe: false, remote: parentKey.remote, id, participant: parentKey.participant && sender }),
      pollUpdateParentKey: parentKey,
      selectedOptionLocalIds: options,
      senderTimestampMs: timestamp,
      t: timestamp,
      from: sender,
      author: sender,
    },
  ])
}

async function sendReactionToMsg(message, emoji) {
  const parent = message.id._serialized
  const id = await MsgKey.newId()
  await wire.ask('signal', { signal: 'reaction', key: parent, emoji, id })
  await reacted({ parent, id, from: me(), emoji, timestamp: Date.now() })
  message.set({ hasReaction: emoji !== '' })
}

const Reactions = {
  async find(parent) {
    const rows = ((await recall('reactions')) ?? []).filter((it) => it.parent === String(parent) && it.text !== '')
    const texts = [...new Set(rows.map((it) => it.text))]
    const reactions = texts.map((text) => ({
      id: text,
      aggregateEmoji: text,
      hasReactionByMe: rows.some((it) => it.text === text && it.sender === String(me())),
      senders: rows
        .filter((it) => it.text === text)
        .map((it) => ({ senderUserJid: it.sender, reactionText: text, timestamp: it.timestamp })),
    }))
    return { reactions: Object.assign(reactions, { serialize: () => reactions.map((it) => ({ ...it })) }) }
  },
}

define('WAWebSendReactionMsgAction', { sendReactionToMsg })
requireModule('WAWebCollections').Reactions = Reactions
define('WAWebPollsVotesSchema', {
  getTable: () => ({
    equals: async (_, key) => ((await recall('votes')) ?? []).filter((it) => it.parentMsgKey === key),
  }),
})
define('WAWebPollsSendVoteMsgAction', {
  sendVote: (message, chosen) =>
    wire.ask('signal', { signal: 'vote', key: message.id._serialized, options: [...chosen] }),
})
define('WAWebCallCollection', new Model({ calls: new Map() }))
