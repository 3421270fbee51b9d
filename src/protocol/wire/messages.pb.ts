import { decodeMessage, encodeMessage, enumeration, MaxLengthError, message, streamMessage } from 'protons-runtime'
import { alloc as uint8ArrayAlloc } from 'uint8arrays/alloc'
import type { Codec, DecodeOptions } from 'protons-runtime'
import type { Uint8ArrayList } from 'uint8arraylist'

export interface Signed {
  payload: Uint8Array<ArrayBuffer>
  publicKey: Uint8Array<ArrayBuffer>
  signature: Uint8Array<ArrayBuffer>
}

export namespace Signed {
  let _codec: Codec<Signed>

  export const codec = (): Codec<Signed> => {
    if (_codec == null) {
      _codec = message<Signed>((obj, w, opts = {}) => {
        if (opts.lengthDelimited !== false) {
          w.fork()
        }

        if ((obj.payload != null && obj.payload.byteLength > 0)) {
          w.uint32(10)
          w.bytes(obj.payload)
        }

        if ((obj.publicKey != null && obj.publicKey.byteLength > 0)) {
          w.uint32(18)
          w.bytes(obj.publicKey)
        }

        if ((obj.signature != null && obj.signature.byteLength > 0)) {
          w.uint32(26)
          w.bytes(obj.signature)
        }

        if (opts.lengthDelimited !== false) {
          w.ldelim()
        }
      }, (reader, length, opts = {}) => {
        const obj: any = {
          payload: uint8ArrayAlloc(0),
          publicKey: uint8ArrayAlloc(0),
          signature: uint8ArrayAlloc(0)
        }

        const end = length == null ? reader.len : reader.pos + length

        while (reader.pos < end) {
          const tag = reader.uint32()

          switch (tag >>> 3) {
            case 1: {
              obj.payload = reader.bytes()
              break
            }
            case 2: {
              obj.publicKey = reader.bytes()
              break
            }
            case 3: {
              obj.signature = reader.bytes()
              break
            }
            default: {
              reader.skipType(tag & 7)
              break
            }
          }
        }

        return obj
      }, function * (reader, length, prefix, opts = {}) {
        const end = length == null ? reader.len : reader.pos + length

        while (reader.pos < end) {
          const tag = reader.uint32()

          switch (tag >>> 3) {
            case 1: {
              yield {
                field: `${prefix}.payload`,
                value: reader.bytes()
              }
              break
            }
            case 2: {
              yield {
                field: `${prefix}.publicKey`,
                value: reader.bytes()
              }
              break
            }
            case 3: {
              yield {
                field: `${prefix}.signature`,
                value: reader.bytes()
              }
              break
            }
            default: {
              reader.skipType(tag & 7)
              break
            }
          }
        }
      })
    }

    return _codec
  }

  export interface SignedPayloadFieldEvent {
    field: '$.payload'
    value: Uint8Array<ArrayBuffer>
  }

  export interface SignedPublicKeyFieldEvent {
    field: '$.publicKey'
    value: Uint8Array<ArrayBuffer>
  }

  export interface SignedSignatureFieldEvent {
    field: '$.signature'
    value: Uint8Array<ArrayBuffer>
  }

  export function encode (obj: Partial<Signed>): Uint8Array<ArrayBuffer> {
    return encodeMessage(obj, Signed.codec())
  }

  export function decode (buf: Uint8Array | Uint8ArrayList, opts?: DecodeOptions<Signed>): Signed {
    return decodeMessage(buf, Signed.codec(), opts)
  }

  export function stream (buf: Uint8Array | Uint8ArrayList, opts?: DecodeOptions<Signed>): Generator<SignedPayloadFieldEvent | SignedPublicKeyFieldEvent | SignedSignatureFieldEvent> {
    return streamMessage(buf, Signed.codec(), opts)
  }
}

export interface TaskOffer {
  offerId: string
  revision: number
  contact: string
  addresses: string[]
  models: string[]
  taskCount: number
  issuedAtMs: number
  expiresAtMs: number
  maxPromptMicroPer1k: bigint
  maxCompletionMicroPer1k: bigint
  threshold: number
  modelDigest: Uint8Array<ArrayBuffer>
  tools: string[]
  shard: number
  audience: number
}

export namespace TaskOffer {
  let _codec: Codec<TaskOffer>

  export const codec = (): Codec<TaskOffer> => {
    if (_codec == null) {
      _codec = message<TaskOffer>((obj, w, opts = {}) => {
        if (opts.lengthDelimited !== false) {
          w.fork()
        }

        if ((obj.offerId != null && obj.offerId !== '')) {
          w.uint32(10)
          w.string(obj.offerId)
        }

        if ((obj.revision != null && obj.revision !== 0)) {
          w.uint32(16)
          w.uint32(obj.revision)
        }

        if ((obj.contact != null && obj.contact !== '')) {
          w.uint32(26)
          w.string(obj.contact)
        }

        if (obj.addresses != null && obj.addresses.length > 0) {
          for (const value of obj.addresses) {
            w.uint32(34)
            w.string(value)
          }
        }

        if (obj.models != null && obj.models.length > 0) {
          for (const value of obj.models) {
            w.uint32(42)
            w.string(value)
          }
        }

        if ((obj.taskCount != null && obj.taskCount !== 0)) {
          w.uint32(48)
          w.uint32(obj.taskCount)
        }

        if ((obj.issuedAtMs != null && obj.issuedAtMs !== 0)) {
          w.uint32(56)
          w.uint64Number(obj.issuedAtMs)
        }

        if ((obj.expiresAtMs != null && obj.expiresAtMs !== 0)) {
          w.uint32(64)
          w.uint64Number(obj.expiresAtMs)
        }

        if ((obj.maxPromptMicroPer1k != null && obj.maxPromptMicroPer1k !== 0n)) {
          w.uint32(72)
          w.uint64(obj.maxPromptMicroPer1k)
        }

        if ((obj.maxCompletionMicroPer1k != null && obj.maxCompletionMicroPer1k !== 0n)) {
          w.uint32(80)
          w.uint64(obj.maxCompletionMicroPer1k)
        }

        if ((obj.threshold != null && obj.threshold !== 0)) {
          w.uint32(88)
          w.uint32(obj.threshold)
        }

        if ((obj.modelDigest != null && obj.modelDigest.byteLength > 0)) {
          w.uint32(98)
          w.bytes(obj.modelDigest)
        }

        if (obj.tools != null && obj.tools.length > 0) {
          for (const value of obj.tools) {
            w.uint32(106)
            w.string(value)
          }
        }

        if ((obj.shard != null && obj.shard !== 0)) {
          w.uint32(112)
          w.uint32(obj.shard)
        }

        if ((obj.audience != null && obj.audience !== 0)) {
          w.uint32(120)
          w.uint32(obj.audience)
        }

        if (opts.lengthDelimited !== false) {
          w.ldelim()
        }
      }, (reader, length, opts = {}) => {
        const obj: any = {
          offerId: '',
          revision: 0,
          contact: '',
          addresses: [],
          models: [],
          taskCount: 0,
          issuedAtMs: 0,
          expiresAtMs: 0,
          maxPromptMicroPer1k: 0n,
          maxCompletionMicroPer1k: 0n,
          threshold: 0,
          modelDigest: uint8ArrayAlloc(0),
          tools: [],
          shard: 0,
          audience: 0
        }

        const end = length == null ? reader.len : reader.pos + length

        while (reader.pos < end) {
          const tag = reader.uint32()

          switch (tag >>> 3) {
            case 1: {
              obj.offerId = reader.string()
              break
            }
            case 2: {
              obj.revision = reader.uint32()
              break
            }
            case 3: {
              obj.contact = reader.string()
              break
            }
            case 4: {
              if (opts.limits?.addresses != null && obj.addresses.length === opts.limits.addresses) {
                throw new MaxLengthError('Decode error - repeated field "addresses" had too many elements')
              }

              if (obj.addresses.length === 8) {
                throw new MaxLengthError('Decode error - repeated field "addresses" had too many elements')
              }

              obj.addresses.push(reader.string())
              break
            }
            case 5: {
              if (opts.limits?.models != null && obj.models.length === opts.limits.models) {
                throw new MaxLengthError('Decode error - repeated field "models" had too many elements')
              }

              if (obj.models.length === 16) {
                throw new MaxLengthError('Decode error - repeated field "models" had too many elements')
              }

              obj.models.push(reader.string())
              break
            }
            case 6: {
              obj.taskCount = reader.uint32()
              break
            }
            case 7: {
              obj.issuedAtMs = reader.uint64Number()
              break
            }
            case 8: {
              obj.expiresAtMs = reader.uint64Number()
              break
            }
            case 9: {
              obj.maxPromptMicroPer1k = reader.uint64()
              break
            }
            case 10: {
              obj.maxCompletionMicroPer1k = reader.uint64()
              break
            }
            case 11: {
              obj.threshold = reader.uint32()
              break
            }
            case 12: {
              obj.modelDigest = reader.bytes()
              break
            }
            case 13: {
              if (opts.limits?.tools != null && obj.tools.length === opts.limits.tools) {
                throw new MaxLengthError('Decode error - repeated field "tools" had too many elements')
              }

              if (obj.tools.length === 16) {
                throw new MaxLengthError('Decode error - repeated field "tools" had too many elements')
              }

              obj.tools.push(reader.string())
              break
            }
            case 14: {
              obj.shard = reader.uint32()
              break
            }
            case 15: {
              obj.audience = reader.uint32()
              break
            }
            default: {
              reader.skipType(tag & 7)
              break
            }
          }
        }

        return obj
      }, function * (reader, length, prefix, opts = {}) {
        const obj = {
          addresses: 8,
          models: 16,
          tools: 16
        }

        const end = length == null ? reader.len : reader.pos + length

        while (reader.pos < end) {
          const tag = reader.uint32()

          switch (tag >>> 3) {
            case 1: {
              yield {
                field: `${prefix}.offerId`,
                value: reader.string()
              }
              break
            }
            case 2: {
              yield {
                field: `${prefix}.revision`,
                value: reader.uint32()
              }
              break
            }
            case 3: {
              yield {
                field: `${prefix}.contact`,
                value: reader.string()
              }
              break
            }
            case 4: {
              if (opts.limits?.addresses != null && obj.addresses === opts.limits.addresses) {
                throw new MaxLengthError('Streaming decode error - repeated field "addresses" had too many elements')
              }

              if (obj.addresses === 8) {
                throw new MaxLengthError('Streaming decode error - repeated field "addresses" had too many elements')
              }

              yield {
                field: `${prefix}.addresses[]`,
                index: obj.addresses,
                value: reader.string()
              }

              obj.addresses++

              break
            }
            case 5: {
              if (opts.limits?.models != null && obj.models === opts.limits.models) {
                throw new MaxLengthError('Streaming decode error - repeated field "models" had too many elements')
              }

              if (obj.models === 16) {
                throw new MaxLengthError('Streaming decode error - repeated field "models" had too many elements')
              }

              yield {
                field: `${prefix}.models[]`,
                index: obj.models,
                value: reader.string()
              }

              obj.models++

              break
            }
            case 6: {
              yield {
                field: `${prefix}.taskCount`,
                value: reader.uint32()
              }
              break
            }
            case 7: {
              yield {
                field: `${prefix}.issuedAtMs`,
                value: reader.uint64Number()
              }
              break
            }
            case 8: {
              yield {
                field: `${prefix}.expiresAtMs`,
                value: reader.uint64Number()
              }
              break
            }
            case 9: {
              yield {
                field: `${prefix}.maxPromptMicroPer1k`,
                value: reader.uint64()
              }
              break
            }
            case 10: {
              yield {
                field: `${prefix}.maxCompletionMicroPer1k`,
                value: reader.uint64()
              }
              break
            }
            case 11: {
              yield {
                field: `${prefix}.threshold`,
                value: reader.uint32()
              }
              break
            }
            case 12: {
              yield {
                field: `${prefix}.modelDigest`,
                value: reader.bytes()
              }
              break
            }
            case 13: {
              if (opts.limits?.tools != null && obj.tools === opts.limits.tools) {
                throw new MaxLengthError('Streaming decode error - repeated field "tools" had too many elements')
              }

              if (obj.tools === 16) {
                throw new MaxLengthError('Streaming decode error - repeated field "tools" had too many elements')
              }

              yield {
                field: `${prefix}.tools[]`,
                index: obj.tools,
                value: reader.string()
              }

              obj.tools++

              break
            }
            case 14: {
              yield {
                field: `${prefix}.shard`,
                value: reader.uint32()
              }
              break
            }
            case 15: {
              yield {
                field: `${prefix}.audience`,
                value: reader.uint32()
              }
              break
            }
            default: {
              reader.skipType(tag & 7)
              break
            }
          }
        }
      })
    }

    return _codec
  }

  export interface TaskOfferOfferIdFieldEvent {
    field: '$.offerId'
    value: string
  }

  export interface TaskOfferRevisionFieldEvent {
    field: '$.revision'
    value: number
  }

  export interface TaskOfferContactFieldEvent {
    field: '$.contact'
    value: string
  }

  export interface TaskOfferAddressesFieldEvent {
    field: '$.addresses[]'
    index: number
    value: string
  }

  export interface TaskOfferModelsFieldEvent {
    field: '$.models[]'
    index: number
    value: string
  }

  export interface TaskOfferTaskCountFieldEvent {
    field: '$.taskCount'
    value: number
  }

  export interface TaskOfferIssuedAtMsFieldEvent {
    field: '$.issuedAtMs'
    value: number
  }

  export interface TaskOfferExpiresAtMsFieldEvent {
    field: '$.expiresAtMs'
    value: number
  }

  export interface TaskOfferMaxPromptMicroPer1kFieldEvent {
    field: '$.maxPromptMicroPer1k'
    value: bigint
  }

  export interface TaskOfferMaxCompletionMicroPer1kFieldEvent {
    field: '$.maxCompletionMicroPer1k'
    value: bigint
  }

  export interface TaskOfferThresholdFieldEvent {
    field: '$.threshold'
    value: number
  }

  export interface TaskOfferModelDigestFieldEvent {
    field: '$.modelDigest'
    value: Uint8Array<ArrayBuffer>
  }

  export interface TaskOfferToolsFieldEvent {
    field: '$.tools[]'
    index: number
    value: string
  }

  export interface TaskOfferShardFieldEvent {
    field: '$.shard'
    value: number
  }

  export interface TaskOfferAudienceFieldEvent {
    field: '$.audience'
    value: number
  }

  export function encode (obj: Partial<TaskOffer>): Uint8Array<ArrayBuffer> {
    return encodeMessage(obj, TaskOffer.codec())
  }

  export function decode (buf: Uint8Array | Uint8ArrayList, opts?: DecodeOptions<TaskOffer>): TaskOffer {
    return decodeMessage(buf, TaskOffer.codec(), opts)
  }

  export function stream (buf: Uint8Array | Uint8ArrayList, opts?: DecodeOptions<TaskOffer>): Generator<TaskOfferOfferIdFieldEvent | TaskOfferRevisionFieldEvent | TaskOfferContactFieldEvent | TaskOfferAddressesFieldEvent | TaskOfferModelsFieldEvent | TaskOfferTaskCountFieldEvent | TaskOfferIssuedAtMsFieldEvent | TaskOfferExpiresAtMsFieldEvent | TaskOfferMaxPromptMicroPer1kFieldEvent | TaskOfferMaxCompletionMicroPer1kFieldEvent | TaskOfferThresholdFieldEvent | TaskOfferModelDigestFieldEvent | TaskOfferToolsFieldEvent | TaskOfferShardFieldEvent | TaskOfferAudienceFieldEvent> {
    return streamMessage(buf, TaskOffer.codec(), opts)
  }
}

export interface ModelDescription {
  name: string
  digest: Uint8Array<ArrayBuffer>
  contextSize: number
  slots: number
  tokensPerSecond: number
  promptMicroPer1k: bigint
  completionMicroPer1k: bigint
}

export namespace ModelDescription {
  let _codec: Codec<ModelDescription>

  export const codec = (): Codec<ModelDescription> => {
    if (_codec == null) {
      _codec = message<ModelDescription>((obj, w, opts = {}) => {
        if (opts.lengthDelimited !== false) {
          w.fork()
        }

        if ((obj.name != null && obj.name !== '')) {
          w.uint32(10)
          w.string(obj.name)
        }

        if ((obj.digest != null && obj.digest.byteLength > 0)) {
          w.uint32(18)
          w.bytes(obj.digest)
        }

        if ((obj.contextSize != null && obj.contextSize !== 0)) {
          w.uint32(24)
          w.uint32(obj.contextSize)
        }

        if ((obj.slots != null && obj.slots !== 0)) {
          w.uint32(32)
          w.uint32(obj.slots)
        }

        if ((obj.tokensPerSecond != null && obj.tokensPerSecond !== 0)) {
          w.uint32(41)
          w.double(obj.tokensPerSecond)
        }

        if ((obj.promptMicroPer1k != null && obj.promptMicroPer1k !== 0n)) {
          w.uint32(48)
          w.uint64(obj.promptMicroPer1k)
        }

        if ((obj.completionMicroPer1k != null && obj.completionMicroPer1k !== 0n)) {
          w.uint32(56)
          w.uint64(obj.completionMicroPer1k)
        }

        if (opts.lengthDelimited !== false) {
          w.ldelim()
        }
      }, (reader, length, opts = {}) => {
        const obj: any = {
          name: '',
          digest: uint8ArrayAlloc(0),
          contextSize: 0,
          slots: 0,
          tokensPerSecond: 0,
          promptMicroPer1k: 0n,
          completionMicroPer1k: 0n
        }

        const end = length == null ? reader.len : reader.pos + length

        while (reader.pos < end) {
          const tag = reader.uint32()

          switch (tag >>> 3) {
            case 1: {
              obj.name = reader.string()
              break
            }
            case 2: {
              obj.digest = reader.bytes()
              break
            }
            case 3: {
              obj.contextSize = reader.uint32()
              break
            }
            case 4: {
              obj.slots = reader.uint32()
              break
            }
            case 5: {
              obj.tokensPerSecond = reader.double()
              break
            }
            case 6: {
              obj.promptMicroPer1k = reader.uint64()
              break
            }
            case 7: {
              obj.completionMicroPer1k = reader.uint64()
              break
            }
            default: {
              reader.skipType(tag & 7)
              break
            }
          }
        }

        return obj
      }, function * (reader, length, prefix, opts = {}) {
        const end = length == null ? reader.len : reader.pos + length

        while (reader.pos < end) {
          const tag = reader.uint32()

          switch (tag >>> 3) {
            case 1: {
              yield {
                field: `${prefix}.name`,
                value: reader.string()
              }
              break
            }
            case 2: {
              yield {
                field: `${prefix}.digest`,
                value: reader.bytes()
              }
              break
            }
            case 3: {
              yield {
                field: `${prefix}.contextSize`,
                value: reader.uint32()
              }
              break
            }
            case 4: {
              yield {
                field: `${prefix}.slots`,
                value: reader.uint32()
              }
              break
            }
            case 5: {
              yield {
                field: `${prefix}.tokensPerSecond`,
                value: reader.double()
              }
              break
            }
            case 6: {
              yield {
                field: `${prefix}.promptMicroPer1k`,
                value: reader.uint64()
              }
              break
            }
            case 7: {
              yield {
                field: `${prefix}.completionMicroPer1k`,
                value: reader.uint64()
              }
              break
            }
            default: {
              reader.skipType(tag & 7)
              break
            }
          }
        }
      })
    }

    return _codec
  }

  export interface ModelDescriptionNameFieldEvent {
    field: '$.name'
    value: string
  }

  export interface ModelDescriptionDigestFieldEvent {
    field: '$.digest'
    value: Uint8Array<ArrayBuffer>
  }

  export interface ModelDescriptionContextSizeFieldEvent {
    field: '$.contextSize'
    value: number
  }

  export interface ModelDescriptionSlotsFieldEvent {
    field: '$.slots'
    value: number
  }

  export interface ModelDescriptionTokensPerSecondFieldEvent {
    field: '$.tokensPerSecond'
    value: number
  }

  export interface ModelDescriptionPromptMicroPer1kFieldEvent {
    field: '$.promptMicroPer1k'
    value: bigint
  }

  export interface ModelDescriptionCompletionMicroPer1kFieldEvent {
    field: '$.completionMicroPer1k'
    value: bigint
  }

  export function encode (obj: Partial<ModelDescription>): Uint8Array<ArrayBuffer> {
    return encodeMessage(obj, ModelDescription.codec())
  }

  export function decode (buf: Uint8Array | Uint8ArrayList, opts?: DecodeOptions<ModelDescription>): ModelDescription {
    return decodeMessage(buf, ModelDescription.codec(), opts)
  }

  export function stream (buf: Uint8Array | Uint8ArrayList, opts?: DecodeOptions<ModelDescription>): Generator<ModelDescriptionNameFieldEvent | ModelDescriptionDigestFieldEvent | ModelDescriptionContextSizeFieldEvent | ModelDescriptionSlotsFieldEvent | ModelDescriptionTokensPerSecondFieldEvent | ModelDescriptionPromptMicroPer1kFieldEvent | ModelDescriptionCompletionMicroPer1kFieldEvent> {
    return streamMessage(buf, ModelDescription.codec(), opts)
  }
}

export interface NodeDescription {
  agent: string
  network: string
  models: ModelDescription[]
  slots: number
  running: number
  payoutAddress: string
  issuedAtMs: number
  tools: string[]
}

export namespace NodeDescription {
  let _codec: Codec<NodeDescription>

  export const codec = (): Codec<NodeDescription> => {
    if (_codec == null) {
      _codec = message<NodeDescription>((obj, w, opts = {}) => {
        if (opts.lengthDelimited !== false) {
          w.fork()
        }

        if ((obj.agent != null && obj.agent !== '')) {
          w.uint32(10)
          w.string(obj.agent)
        }

        if ((obj.network != null && obj.network !== '')) {
          w.uint32(18)
          w.string(obj.network)
        }

        if (obj.models != null && obj.models.length > 0) {
          for (const value of obj.models) {
            w.uint32(26)
            ModelDescription.codec().encode(value, w)
          }
        }

        if ((obj.slots != null && obj.slots !== 0)) {
          w.uint32(32)
          w.uint32(obj.slots)
        }

        if ((obj.running != null && obj.running !== 0)) {
          w.uint32(40)
          w.uint32(obj.running)
        }

        if ((obj.payoutAddress != null && obj.payoutAddress !== '')) {
          w.uint32(50)
          w.string(obj.payoutAddress)
        }

        if ((obj.issuedAtMs != null && obj.issuedAtMs !== 0)) {
          w.uint32(56)
          w.uint64Number(obj.issuedAtMs)
        }

        if (obj.tools != null && obj.tools.length > 0) {
          for (const value of obj.tools) {
            w.uint32(66)
            w.string(value)
          }
        }

        if (opts.lengthDelimited !== false) {
          w.ldelim()
        }
      }, (reader, length, opts = {}) => {
        const obj: any = {
          agent: '',
          network: '',
          models: [],
          slots: 0,
          running: 0,
          payoutAddress: '',
          issuedAtMs: 0,
          tools: []
        }

        const end = length == null ? reader.len : reader.pos + length

        while (reader.pos < end) {
          const tag = reader.uint32()

          switch (tag >>> 3) {
            case 1: {
              obj.agent = reader.string()
              break
            }
            case 2: {
              obj.network = reader.string()
              break
            }
            case 3: {
              if (opts.limits?.models != null && obj.models.length === opts.limits.models) {
                throw new MaxLengthError('Decode error - repeated field "models" had too many elements')
              }

              if (obj.models.length === 64) {
                throw new MaxLengthError('Decode error - repeated field "models" had too many elements')
              }

              obj.models.push(ModelDescription.codec().decode(reader, reader.uint32(), {
                limits: opts.limits?.models$
              }))
              break
            }
            case 4: {
              obj.slots = reader.uint32()
              break
            }
            case 5: {
              obj.running = reader.uint32()
              break
            }
            case 6: {
              obj.payoutAddress = reader.string()
              break
            }
            case 7: {
              obj.issuedAtMs = reader.uint64Number()
              break
            }
            case 8: {
              if (opts.limits?.tools != null && obj.tools.length === opts.limits.tools) {
                throw new MaxLengthError('Decode error - repeated field "tools" had too many elements')
              }

              if (obj.tools.length === 16) {
                throw new MaxLengthError('Decode error - repeated field "tools" had too many elements')
              }

              obj.tools.push(reader.string())
              break
            }
            default: {
              reader.skipType(tag & 7)
              break
            }
          }
        }

        return obj
      }, function * (reader, length, prefix, opts = {}) {
        const obj = {
          models: 64,
          tools: 16
        }

        const end = length == null ? reader.len : reader.pos + length

        while (reader.pos < end) {
          const tag = reader.uint32()

          switch (tag >>> 3) {
            case 1: {
              yield {
                field: `${prefix}.agent`,
                value: reader.string()
              }
              break
            }
            case 2: {
              yield {
                field: `${prefix}.network`,
                value: reader.string()
              }
              break
            }
            case 3: {
              if (opts.limits?.models != null && obj.models === opts.limits.models) {
                throw new MaxLengthError('Streaming decode error - repeated field "models" had too many elements')
              }

              if (obj.models === 64) {
                throw new MaxLengthError('Streaming decode error - repeated field "models" had too many elements')
              }

              for (const evt of ModelDescription.codec().stream(reader, reader.uint32(), `${prefix}.models[]`, {
                limits: opts.limits?.models$
              })) {
                yield {
                  ...evt,
                  index: obj.models
                }
              }

              obj.models++

              break
            }
            case 4: {
              yield {
                field: `${prefix}.slots`,
                value: reader.uint32()
              }
              break
            }
            case 5: {
              yield {
                field: `${prefix}.running`,
                value: reader.uint32()
              }
              break
            }
            case 6: {
              yield {
                field: `${prefix}.payoutAddress`,
                value: reader.string()
              }
              break
            }
            case 7: {
              yield {
                field: `${prefix}.issuedAtMs`,
                value: reader.uint64Number()
              }
              break
            }
            case 8: {
              if (opts.limits?.tools != null && obj.tools === opts.limits.tools) {
                throw new MaxLengthError('Streaming decode error - repeated field "tools" had too many elements')
              }

              if (obj.tools === 16) {
                throw new MaxLengthError('Streaming decode error - repeated field "tools" had too many elements')
              }

              yield {
                field: `${prefix}.tools[]`,
                index: obj.tools,
                value: reader.string()
              }

              obj.tools++

              break
            }
            default: {
              reader.skipType(tag & 7)
              break
            }
          }
        }
      })
    }

    return _codec
  }

  export interface NodeDescriptionAgentFieldEvent {
    field: '$.agent'
    value: string
  }

  export interface NodeDescriptionNetworkFieldEvent {
    field: '$.network'
    value: string
  }

  export interface NodeDescriptionModelsNameFieldEvent {
    field: '$.models[].name'
    value: string
    index: number
  }

  export interface NodeDescriptionModelsDigestFieldEvent {
    field: '$.models[].digest'
    value: Uint8Array<ArrayBuffer>
    index: number
  }

  export interface NodeDescriptionModelsContextSizeFieldEvent {
    field: '$.models[].contextSize'
    value: number
    index: number
  }

  export interface NodeDescriptionModelsSlotsFieldEvent {
    field: '$.models[].slots'
    value: number
    index: number
  }

  export interface NodeDescriptionModelsTokensPerSecondFieldEvent {
    field: '$.models[].tokensPerSecond'
    value: number
    index: number
  }

  export interface NodeDescriptionModelsPromptMicroPer1kFieldEvent {
    field: '$.models[].promptMicroPer1k'
    value: bigint
    index: number
  }

  export interface NodeDescriptionModelsCompletionMicroPer1kFieldEvent {
    field: '$.models[].completionMicroPer1k'
    value: bigint
    index: number
  }

  export interface NodeDescriptionSlotsFieldEvent {
    field: '$.slots'
    value: number
  }

  export interface NodeDescriptionRunningFieldEvent {
    field: '$.running'
    value: number
  }

  export interface NodeDescriptionPayoutAddressFieldEvent {
    field: '$.payoutAddress'
    value: string
  }

  export interface NodeDescriptionIssuedAtMsFieldEvent {
    field: '$.issuedAtMs'
    value: number
  }

  export interface NodeDescriptionToolsFieldEvent {
    field: '$.tools[]'
    index: number
    value: string
  }

  export function encode (obj: Partial<NodeDescription>): Uint8Array<ArrayBuffer> {
    return encodeMessage(obj, NodeDescription.codec())
  }

  export function decode (buf: Uint8Array | Uint8ArrayList, opts?: DecodeOptions<NodeDescription>): NodeDescription {
    return decodeMessage(buf, NodeDescription.codec(), opts)
  }

  export function stream (buf: Uint8Array | Uint8ArrayList, opts?: DecodeOptions<NodeDescription>): Generator<NodeDescriptionAgentFieldEvent | NodeDescriptionNetworkFieldEvent | NodeDescriptionModelsNameFieldEvent | NodeDescriptionModelsDigestFieldEvent | NodeDescriptionModelsContextSizeFieldEvent | NodeDescriptionModelsSlotsFieldEvent | NodeDescriptionModelsTokensPerSecondFieldEvent | NodeDescriptionModelsPromptMicroPer1kFieldEvent | NodeDescriptionModelsCompletionMicroPer1kFieldEvent | NodeDescriptionSlotsFieldEvent | NodeDescriptionRunningFieldEvent | NodeDescriptionPayoutAddressFieldEvent | NodeDescriptionIssuedAtMsFieldEvent | NodeDescriptionToolsFieldEvent> {
    return streamMessage(buf, NodeDescription.codec(), opts)
  }
}

export interface Assignment {
  taskId: string
  offerId: string
  node: Uint8Array<ArrayBuffer>
  model: string
  workflowJson: string
  input?: string
  temperature?: number
  seed?: number
  deadlineMs: number
  promptMicroPer1k: bigint
  completionMicroPer1k: bigint
  stream: boolean
  cancelOnDisconnect: boolean
  topP?: number
  topK?: number
  minP?: number
  repeatPenalty?: number
  presencePenalty?: number
  frequencyPenalty?: number
  stop: string[]
  scoreText?: string
}

export namespace Assignment {
  let _codec: Codec<Assignment>

  export const codec = (): Codec<Assignment> => {
    if (_codec == null) {
      _codec = message<Assignment>((obj, w, opts = {}) => {
        if (opts.lengthDelimited !== false) {
          w.fork()
        }

        if ((obj.taskId != null && obj.taskId !== '')) {
          w.uint32(10)
          w.string(obj.taskId)
        }

        if ((obj.offerId != null && obj.offerId !== '')) {
          w.uint32(18)
          w.string(obj.offerId)
        }

        if ((obj.node != null && obj.node.byteLength > 0)) {
          w.uint32(26)
          w.bytes(obj.node)
        }

        if ((obj.model != null && obj.model !== '')) {
          w.uint32(34)
          w.string(obj.model)
        }

        if ((obj.workflowJson != null && obj.workflowJson !== '')) {
          w.uint32(42)
          w.string(obj.workflowJson)
        }

        if (obj.input != null) {
          w.uint32(50)
          w.string(obj.input)
        }

        if (obj.temperature != null) {
          w.uint32(57)
          w.double(obj.temperature)
        }

        if (obj.seed != null) {
          w.uint32(64)
          w.uint32(obj.seed)
        }

        if ((obj.deadlineMs != null && obj.deadlineMs !== 0)) {
          w.uint32(72)
          w.uint64Number(obj.deadlineMs)
        }

        if ((obj.promptMicroPer1k != null && obj.promptMicroPer1k !== 0n)) {
          w.uint32(80)
          w.uint64(obj.promptMicroPer1k)
        }

        if ((obj.completionMicroPer1k != null && obj.completionMicroPer1k !== 0n)) {
          w.uint32(88)
          w.uint64(obj.completionMicroPer1k)
        }

        if ((obj.stream != null && obj.stream !== false)) {
          w.uint32(96)
          w.bool(obj.stream)
        }

        if ((obj.cancelOnDisconnect != null && obj.cancelOnDisconnect !== false)) {
          w.uint32(104)
          w.bool(obj.cancelOnDisconnect)
        }

        if (obj.topP != null) {
          w.uint32(113)
          w.double(obj.topP)
        }

        if (obj.topK != null) {
          w.uint32(120)
          w.uint32(obj.topK)
        }

        if (obj.minP != null) {
          w.uint32(129)
          w.double(obj.minP)
        }

        if (obj.repeatPenalty != null) {
          w.uint32(137)
          w.double(obj.repeatPenalty)
        }

        if (obj.presencePenalty != null) {
          w.uint32(145)
          w.double(obj.presencePenalty)
        }

        if (obj.frequencyPenalty != null) {
          w.uint32(153)
          w.double(obj.frequencyPenalty)
        }

        if (obj.stop != null && obj.stop.length > 0) {
          for (const value of obj.stop) {
            w.uint32(162)
            w.string(value)
          }
        }

        if (obj.scoreText != null) {
          w.uint32(170)
          w.string(obj.scoreText)
        }

        if (opts.lengthDelimited !== false) {
          w.ldelim()
        }
      }, (reader, length, opts = {}) => {
        const obj: any = {
          taskId: '',
          offerId: '',
          node: uint8ArrayAlloc(0),
          model: '',
          workflowJson: '',
          deadlineMs: 0,
          promptMicroPer1k: 0n,
          completionMicroPer1k: 0n,
          stream: false,
          cancelOnDisconnect: false,
          stop: []
        }

        const end = length == null ? reader.len : reader.pos + length

        while (reader.pos < end) {
          const tag = reader.uint32()

          switch (tag >>> 3) {
            case 1: {
              obj.taskId = reader.string()
              break
            }
            case 2: {
              obj.offerId = reader.string()
              break
            }
            case 3: {
              obj.node = reader.bytes()
              break
            }
            case 4: {
              obj.model = reader.string()
              break
            }
            case 5: {
              obj.workflowJson = reader.string()
              break
            }
            case 6: {
              obj.input = reader.string()
              break
            }
            case 7: {
              obj.temperature = reader.double()
              break
            }
            case 8: {
              obj.seed = reader.uint32()
              break
            }
            case 9: {
              obj.deadlineMs = reader.uint64Number()
              break
            }
            case 10: {
              obj.promptMicroPer1k = reader.uint64()
              break
            }
            case 11: {
              obj.completionMicroPer1k = reader.uint64()
              break
            }
            case 12: {
              obj.stream = reader.bool()
              break
            }
            case 13: {
              obj.cancelOnDisconnect = reader.bool()
              break
            }
            case 14: {
              obj.topP = reader.double()
              break
            }
            case 15: {
              obj.topK = reader.uint32()
              break
            }
            case 16: {
              obj.minP = reader.double()
              break
            }
            case 17: {
              obj.repeatPenalty = reader.double()
              break
            }
            case 18: {
              obj.presencePenalty = reader.double()
              break
            }
            case 19: {
              obj.frequencyPenalty = reader.double()
              break
            }
            case 20: {
              if (opts.limits?.stop != null && obj.stop.length === opts.limits.stop) {
                throw new MaxLengthError('Decode error - repeated field "stop" had too many elements')
              }

              if (obj.stop.length === 16) {
                throw new MaxLengthError('Decode error - repeated field "stop" had too many elements')
              }

              obj.stop.push(reader.string())
              break
            }
            case 21: {
              obj.scoreText = reader.string()
              break
            }
            default: {
              reader.skipType(tag & 7)
              break
            }
          }
        }

        return obj
      }, function * (reader, length, prefix, opts = {}) {
        const obj = {
          stop: 16
        }

        const end = length == null ? reader.len : reader.pos + length

        while (reader.pos < end) {
          const tag = reader.uint32()

          switch (tag >>> 3) {
            case 1: {
              yield {
                field: `${prefix}.taskId`,
                value: reader.string()
              }
              break
            }
            case 2: {
              yield {
                field: `${prefix}.offerId`,
                value: reader.string()
              }
              break
            }
            case 3: {
              yield {
                field: `${prefix}.node`,
                value: reader.bytes()
              }
              break
            }
            case 4: {
              yield {
                field: `${prefix}.model`,
                value: reader.string()
              }
              break
            }
            case 5: {
              yield {
                field: `${prefix}.workflowJson`,
                value: reader.string()
              }
              break
            }
            case 6: {
              yield {
                field: `${prefix}.input`,
                value: reader.string()
              }
              break
            }
            case 7: {
              yield {
                field: `${prefix}.temperature`,
                value: reader.double()
              }
              break
            }
            case 8: {
              yield {
                field: `${prefix}.seed`,
                value: reader.uint32()
              }
              break
            }
            case 9: {
              yield {
                field: `${prefix}.deadlineMs`,
                value: reader.uint64Number()
              }
              break
            }
            case 10: {
              yield {
                field: `${prefix}.promptMicroPer1k`,
                value: reader.uint64()
              }
              break
            }
            case 11: {
              yield {
                field: `${prefix}.completionMicroPer1k`,
                value: reader.uint64()
              }
              break
            }
            case 12: {
              yield {
                field: `${prefix}.stream`,
                value: reader.bool()
              }
              break
            }
            case 13: {
              yield {
                field: `${prefix}.cancelOnDisconnect`,
                value: reader.bool()
              }
              break
            }
            case 14: {
              yield {
                field: `${prefix}.topP`,
                value: reader.double()
              }
              break
            }
            case 15: {
              yield {
                field: `${prefix}.topK`,
                value: reader.uint32()
              }
              break
            }
            case 16: {
              yield {
                field: `${prefix}.minP`,
                value: reader.double()
              }
              break
            }
            case 17: {
              yield {
                field: `${prefix}.repeatPenalty`,
                value: reader.double()
              }
              break
            }
            case 18: {
              yield {
                field: `${prefix}.presencePenalty`,
                value: reader.double()
              }
              break
            }
            case 19: {
              yield {
                field: `${prefix}.frequencyPenalty`,
                value: reader.double()
              }
              break
            }
            case 20: {
              if (opts.limits?.stop != null && obj.stop === opts.limits.stop) {
                throw new MaxLengthError('Streaming decode error - repeated field "stop" had too many elements')
              }

              if (obj.stop === 16) {
                throw new MaxLengthError('Streaming decode error - repeated field "stop" had too many elements')
              }

              yield {
                field: `${prefix}.stop[]`,
                index: obj.stop,
                value: reader.string()
              }

              obj.stop++

              break
            }
            case 21: {
              yield {
                field: `${prefix}.scoreText`,
                value: reader.string()
              }
              break
            }
            default: {
              reader.skipType(tag & 7)
              break
            }
          }
        }
      })
    }

    return _codec
  }

  export interface AssignmentTaskIdFieldEvent {
    field: '$.taskId'
    value: string
  }

  export interface AssignmentOfferIdFieldEvent {
    field: '$.offerId'
    value: string
  }

  export interface AssignmentNodeFieldEvent {
    field: '$.node'
    value: Uint8Array<ArrayBuffer>
  }

  export interface AssignmentModelFieldEvent {
    field: '$.model'
    value: string
  }

  export interface AssignmentWorkflowJsonFieldEvent {
    field: '$.workflowJson'
    value: string
  }

  export interface AssignmentInputFieldEvent {
    field: '$.input'
    value: string
  }

  export interface AssignmentTemperatureFieldEvent {
    field: '$.temperature'
    value: number
  }

  export interface AssignmentSeedFieldEvent {
    field: '$.seed'
    value: number
  }

  export interface AssignmentDeadlineMsFieldEvent {
    field: '$.deadlineMs'
    value: number
  }

  export interface AssignmentPromptMicroPer1kFieldEvent {
    field: '$.promptMicroPer1k'
    value: bigint
  }

  export interface AssignmentCompletionMicroPer1kFieldEvent {
    field: '$.completionMicroPer1k'
    value: bigint
  }

  export interface AssignmentStreamFieldEvent {
    field: '$.stream'
    value: boolean
  }

  export interface AssignmentCancelOnDisconnectFieldEvent {
    field: '$.cancelOnDisconnect'
    value: boolean
  }

  export interface AssignmentTopPFieldEvent {
    field: '$.topP'
    value: number
  }

  export interface AssignmentTopKFieldEvent {
    field: '$.topK'
    value: number
  }

  export interface AssignmentMinPFieldEvent {
    field: '$.minP'
    value: number
  }

  export interface AssignmentRepeatPenaltyFieldEvent {
    field: '$.repeatPenalty'
    value: number
  }

  export interface AssignmentPresencePenaltyFieldEvent {
    field: '$.presencePenalty'
    value: number
  }

  export interface AssignmentFrequencyPenaltyFieldEvent {
    field: '$.frequencyPenalty'
    value: number
  }

  export interface AssignmentStopFieldEvent {
    field: '$.stop[]'
    index: number
    value: string
  }

  export interface AssignmentScoreTextFieldEvent {
    field: '$.scoreText'
    value: string
  }

  export function encode (obj: Partial<Assignment>): Uint8Array<ArrayBuffer> {
    return encodeMessage(obj, Assignment.codec())
  }

  export function decode (buf: Uint8Array | Uint8ArrayList, opts?: DecodeOptions<Assignment>): Assignment {
    return decodeMessage(buf, Assignment.codec(), opts)
  }

  export function stream (buf: Uint8Array | Uint8ArrayList, opts?: DecodeOptions<Assignment>): Generator<AssignmentTaskIdFieldEvent | AssignmentOfferIdFieldEvent | AssignmentNodeFieldEvent | AssignmentModelFieldEvent | AssignmentWorkflowJsonFieldEvent | AssignmentInputFieldEvent | AssignmentTemperatureFieldEvent | AssignmentSeedFieldEvent | AssignmentDeadlineMsFieldEvent | AssignmentPromptMicroPer1kFieldEvent | AssignmentCompletionMicroPer1kFieldEvent | AssignmentStreamFieldEvent | AssignmentCancelOnDisconnectFieldEvent | AssignmentTopPFieldEvent | AssignmentTopKFieldEvent | AssignmentMinPFieldEvent | AssignmentRepeatPenaltyFieldEvent | AssignmentPresencePenaltyFieldEvent | AssignmentFrequencyPenaltyFieldEvent | AssignmentStopFieldEvent | AssignmentScoreTextFieldEvent> {
    return streamMessage(buf, Assignment.codec(), opts)
  }
}

export interface TaskOutcome {
  taskId: string
  requester: Uint8Array<ArrayBuffer>
  ok: boolean
  result: string
  errorCode: string
  errorMessage: string
  model: string
  modelDigest: Uint8Array<ArrayBuffer>
  promptTokens: number
  completionTokens: number
  firstTokenMs?: number
  totalMs: number
  amountMicro: bigint
  finishedAtMs: number
}

export namespace TaskOutcome {
  let _codec: Codec<TaskOutcome>

  export const codec = (): Codec<TaskOutcome> => {
    if (_codec == null) {
      _codec = message<TaskOutcome>((obj, w, opts = {}) => {
        if (opts.lengthDelimited !== false) {
          w.fork()
        }

        if ((obj.taskId != null && obj.taskId !== '')) {
          w.uint32(10)
          w.string(obj.taskId)
        }

        if ((obj.requester != null && obj.requester.byteLength > 0)) {
          w.uint32(18)
          w.bytes(obj.requester)
        }

        if ((obj.ok != null && obj.ok !== false)) {
          w.uint32(24)
          w.bool(obj.ok)
        }

        if ((obj.result != null && obj.result !== '')) {
          w.uint32(34)
          w.string(obj.result)
        }

        if ((obj.errorCode != null && obj.errorCode !== '')) {
          w.uint32(42)
          w.string(obj.errorCode)
        }

        if ((obj.errorMessage != null && obj.errorMessage !== '')) {
          w.uint32(50)
          w.string(obj.errorMessage)
        }

        if ((obj.model != null && obj.model !== '')) {
          w.uint32(58)
          w.string(obj.model)
        }

        if ((obj.modelDigest != null && obj.modelDigest.byteLength > 0)) {
          w.uint32(66)
          w.bytes(obj.modelDigest)
        }

        if ((obj.promptTokens != null && obj.promptTokens !== 0)) {
          w.uint32(72)
          w.uint32(obj.promptTokens)
        }

        if ((obj.completionTokens != null && obj.completionTokens !== 0)) {
          w.uint32(80)
          w.uint32(obj.completionTokens)
        }

        if (obj.firstTokenMs != null) {
          w.uint32(88)
          w.uint32(obj.firstTokenMs)
        }

        if ((obj.totalMs != null && obj.totalMs !== 0)) {
          w.uint32(96)
          w.uint32(obj.totalMs)
        }

        if ((obj.amountMicro != null && obj.amountMicro !== 0n)) {
          w.uint32(104)
          w.uint64(obj.amountMicro)
        }

        if ((obj.finishedAtMs != null && obj.finishedAtMs !== 0)) {
          w.uint32(112)
          w.uint64Number(obj.finishedAtMs)
        }

        if (opts.lengthDelimited !== false) {
          w.ldelim()
        }
      }, (reader, length, opts = {}) => {
        const obj: any = {
          taskId: '',
          requester: uint8ArrayAlloc(0),
          ok: false,
          result: '',
          errorCode: '',
          errorMessage: '',
          model: '',
          modelDigest: uint8ArrayAlloc(0),
          promptTokens: 0,
          completionTokens: 0,
          totalMs: 0,
          amountMicro: 0n,
          finishedAtMs: 0
        }

        const end = length == null ? reader.len : reader.pos + length

        while (reader.pos < end) {
          const tag = reader.uint32()

          switch (tag >>> 3) {
            case 1: {
              obj.taskId = reader.string()
              break
            }
            case 2: {
              obj.requester = reader.bytes()
              break
            }
            case 3: {
              obj.ok = reader.bool()
              break
            }
            case 4: {
              obj.result = reader.string()
              break
            }
            case 5: {
              obj.errorCode = reader.string()
              break
            }
            case 6: {
              obj.errorMessage = reader.string()
              break
            }
            case 7: {
              obj.model = reader.string()
              break
            }
            case 8: {
              obj.modelDigest = reader.bytes()
              break
            }
            case 9: {
              obj.promptTokens = reader.uint32()
              break
            }
            case 10: {
              obj.completionTokens = reader.uint32()
              break
            }
            case 11: {
              obj.firstTokenMs = reader.uint32()
              break
            }
            case 12: {
              obj.totalMs = reader.uint32()
              break
            }
            case 13: {
              obj.amountMicro = reader.uint64()
              break
            }
            case 14: {
              obj.finishedAtMs = reader.uint64Number()
              break
            }
            default: {
              reader.skipType(tag & 7)
              break
            }
          }
        }

        return obj
      }, function * (reader, length, prefix, opts = {}) {
        const end = length == null ? reader.len : reader.pos + length

        while (reader.pos < end) {
          const tag = reader.uint32()

          switch (tag >>> 3) {
            case 1: {
              yield {
                field: `${prefix}.taskId`,
                value: reader.string()
              }
              break
            }
            case 2: {
              yield {
                field: `${prefix}.requester`,
                value: reader.bytes()
              }
              break
            }
            case 3: {
              yield {
                field: `${prefix}.ok`,
                value: reader.bool()
              }
              break
            }
            case 4: {
              yield {
                field: `${prefix}.result`,
                value: reader.string()
              }
              break
            }
            case 5: {
              yield {
                field: `${prefix}.errorCode`,
                value: reader.string()
              }
              break
            }
            case 6: {
              yield {
                field: `${prefix}.errorMessage`,
                value: reader.string()
              }
              break
            }
            case 7: {
              yield {
                field: `${prefix}.model`,
                value: reader.string()
              }
              break
            }
            case 8: {
              yield {
                field: `${prefix}.modelDigest`,
                value: reader.bytes()
              }
              break
            }
            case 9: {
              yield {
                field: `${prefix}.promptTokens`,
                value: reader.uint32()
              }
              break
            }
            case 10: {
              yield {
                field: `${prefix}.completionTokens`,
                value: reader.uint32()
              }
              break
            }
            case 11: {
              yield {
                field: `${prefix}.firstTokenMs`,
                value: reader.uint32()
              }
              break
            }
            case 12: {
              yield {
                field: `${prefix}.totalMs`,
                value: reader.uint32()
              }
              break
            }
            case 13: {
              yield {
                field: `${prefix}.amountMicro`,
                value: reader.uint64()
              }
              break
            }
            case 14: {
              yield {
                field: `${prefix}.finishedAtMs`,
                value: reader.uint64Number()
              }
              break
            }
            default: {
              reader.skipType(tag & 7)
              break
            }
          }
        }
      })
    }

    return _codec
  }

  export interface TaskOutcomeTaskIdFieldEvent {
    field: '$.taskId'
    value: string
  }

  export interface TaskOutcomeRequesterFieldEvent {
    field: '$.requester'
    value: Uint8Array<ArrayBuffer>
  }

  export interface TaskOutcomeOkFieldEvent {
    field: '$.ok'
    value: boolean
  }

  export interface TaskOutcomeResultFieldEvent {
    field: '$.result'
    value: string
  }

  export interface TaskOutcomeErrorCodeFieldEvent {
    field: '$.errorCode'
    value: string
  }

  export interface TaskOutcomeErrorMessageFieldEvent {
    field: '$.errorMessage'
    value: string
  }

  export interface TaskOutcomeModelFieldEvent {
    field: '$.model'
    value: string
  }

  export interface TaskOutcomeModelDigestFieldEvent {
    field: '$.modelDigest'
    value: Uint8Array<ArrayBuffer>
  }

  export interface TaskOutcomePromptTokensFieldEvent {
    field: '$.promptTokens'
    value: number
  }

  export interface TaskOutcomeCompletionTokensFieldEvent {
    field: '$.completionTokens'
    value: number
  }

  export interface TaskOutcomeFirstTokenMsFieldEvent {
    field: '$.firstTokenMs'
    value: number
  }

  export interface TaskOutcomeTotalMsFieldEvent {
    field: '$.totalMs'
    value: number
  }

  export interface TaskOutcomeAmountMicroFieldEvent {
    field: '$.amountMicro'
    value: bigint
  }

  export interface TaskOutcomeFinishedAtMsFieldEvent {
    field: '$.finishedAtMs'
    value: number
  }

  export function encode (obj: Partial<TaskOutcome>): Uint8Array<ArrayBuffer> {
    return encodeMessage(obj, TaskOutcome.codec())
  }

  export function decode (buf: Uint8Array | Uint8ArrayList, opts?: DecodeOptions<TaskOutcome>): TaskOutcome {
    return decodeMessage(buf, TaskOutcome.codec(), opts)
  }

  export function stream (buf: Uint8Array | Uint8ArrayList, opts?: DecodeOptions<TaskOutcome>): Generator<TaskOutcomeTaskIdFieldEvent | TaskOutcomeRequesterFieldEvent | TaskOutcomeOkFieldEvent | TaskOutcomeResultFieldEvent | TaskOutcomeErrorCodeFieldEvent | TaskOutcomeErrorMessageFieldEvent | TaskOutcomeModelFieldEvent | TaskOutcomeModelDigestFieldEvent | TaskOutcomePromptTokensFieldEvent | TaskOutcomeCompletionTokensFieldEvent | TaskOutcomeFirstTokenMsFieldEvent | TaskOutcomeTotalMsFieldEvent | TaskOutcomeAmountMicroFieldEvent | TaskOutcomeFinishedAtMsFieldEvent> {
    return streamMessage(buf, TaskOutcome.codec(), opts)
  }
}

export interface Receipt {
  taskId: string
  node: Uint8Array<ArrayBuffer>
  resultHash: Uint8Array<ArrayBuffer>
  modelDigest: Uint8Array<ArrayBuffer>
  promptTokens: number
  completionTokens: number
  amountMicro: bigint
  issuedAtMs: number
}

export namespace Receipt {
  let _codec: Codec<Receipt>

  export const codec = (): Codec<Receipt> => {
    if (_codec == null) {
      _codec = message<Receipt>((obj, w, opts = {}) => {
        if (opts.lengthDelimited !== false) {
          w.fork()
        }

        if ((obj.taskId != null && obj.taskId !== '')) {
          w.uint32(10)
          w.string(obj.taskId)
        }

        if ((obj.node != null && obj.node.byteLength > 0)) {
          w.uint32(18)
          w.bytes(obj.node)
        }

        if ((obj.resultHash != null && obj.resultHash.byteLength > 0)) {
          w.uint32(26)
          w.bytes(obj.resultHash)
        }

        if ((obj.modelDigest != null && obj.modelDigest.byteLength > 0)) {
          w.uint32(34)
          w.bytes(obj.modelDigest)
        }

        if ((obj.promptTokens != null && obj.promptTokens !== 0)) {
          w.uint32(40)
          w.uint32(obj.promptTokens)
        }

        if ((obj.completionTokens != null && obj.completionTokens !== 0)) {
          w.uint32(48)
          w.uint32(obj.completionTokens)
        }

        if ((obj.amountMicro != null && obj.amountMicro !== 0n)) {
          w.uint32(56)
          w.uint64(obj.amountMicro)
        }

        if ((obj.issuedAtMs != null && obj.issuedAtMs !== 0)) {
          w.uint32(64)
          w.uint64Number(obj.issuedAtMs)
        }

        if (opts.lengthDelimited !== false) {
          w.ldelim()
        }
      }, (reader, length, opts = {}) => {
        const obj: any = {
          taskId: '',
          node: uint8ArrayAlloc(0),
          resultHash: uint8ArrayAlloc(0),
          modelDigest: uint8ArrayAlloc(0),
          promptTokens: 0,
          completionTokens: 0,
          amountMicro: 0n,
          issuedAtMs: 0
        }

        const end = length == null ? reader.len : reader.pos + length

        while (reader.pos < end) {
          const tag = reader.uint32()

          switch (tag >>> 3) {
            case 1: {
              obj.taskId = reader.string()
              break
            }
            case 2: {
              obj.node = reader.bytes()
              break
            }
            case 3: {
              obj.resultHash = reader.bytes()
              break
            }
            case 4: {
              obj.modelDigest = reader.bytes()
              break
            }
            case 5: {
              obj.promptTokens = reader.uint32()
              break
            }
            case 6: {
              obj.completionTokens = reader.uint32()
              break
            }
            case 7: {
              obj.amountMicro = reader.uint64()
              break
            }
            case 8: {
              obj.issuedAtMs = reader.uint64Number()
              break
            }
            default: {
              reader.skipType(tag & 7)
              break
            }
          }
        }

        return obj
      }, function * (reader, length, prefix, opts = {}) {
        const end = length == null ? reader.len : reader.pos + length

        while (reader.pos < end) {
          const tag = reader.uint32()

          switch (tag >>> 3) {
            case 1: {
              yield {
                field: `${prefix}.taskId`,
                value: reader.string()
              }
              break
            }
            case 2: {
              yield {
                field: `${prefix}.node`,
                value: reader.bytes()
              }
              break
            }
            case 3: {
              yield {
                field: `${prefix}.resultHash`,
                value: reader.bytes()
              }
              break
            }
            case 4: {
              yield {
                field: `${prefix}.modelDigest`,
                value: reader.bytes()
              }
              break
            }
            case 5: {
              yield {
                field: `${prefix}.promptTokens`,
                value: reader.uint32()
              }
              break
            }
            case 6: {
              yield {
                field: `${prefix}.completionTokens`,
                value: reader.uint32()
              }
              break
            }
            case 7: {
              yield {
                field: `${prefix}.amountMicro`,
                value: reader.uint64()
              }
              break
            }
            case 8: {
              yield {
                field: `${prefix}.issuedAtMs`,
                value: reader.uint64Number()
              }
              break
            }
            default: {
              reader.skipType(tag & 7)
              break
            }
          }
        }
      })
    }

    return _codec
  }

  export interface ReceiptTaskIdFieldEvent {
    field: '$.taskId'
    value: string
  }

  export interface ReceiptNodeFieldEvent {
    field: '$.node'
    value: Uint8Array<ArrayBuffer>
  }

  export interface ReceiptResultHashFieldEvent {
    field: '$.resultHash'
    value: Uint8Array<ArrayBuffer>
  }

  export interface ReceiptModelDigestFieldEvent {
    field: '$.modelDigest'
    value: Uint8Array<ArrayBuffer>
  }

  export interface ReceiptPromptTokensFieldEvent {
    field: '$.promptTokens'
    value: number
  }

  export interface ReceiptCompletionTokensFieldEvent {
    field: '$.completionTokens'
    value: number
  }

  export interface ReceiptAmountMicroFieldEvent {
    field: '$.amountMicro'
    value: bigint
  }

  export interface ReceiptIssuedAtMsFieldEvent {
    field: '$.issuedAtMs'
    value: number
  }

  export function encode (obj: Partial<Receipt>): Uint8Array<ArrayBuffer> {
    return encodeMessage(obj, Receipt.codec())
  }

  export function decode (buf: Uint8Array | Uint8ArrayList, opts?: DecodeOptions<Receipt>): Receipt {
    return decodeMessage(buf, Receipt.codec(), opts)
  }

  export function stream (buf: Uint8Array | Uint8ArrayList, opts?: DecodeOptions<Receipt>): Generator<ReceiptTaskIdFieldEvent | ReceiptNodeFieldEvent | ReceiptResultHashFieldEvent | ReceiptModelDigestFieldEvent | ReceiptPromptTokensFieldEvent | ReceiptCompletionTokensFieldEvent | ReceiptAmountMicroFieldEvent | ReceiptIssuedAtMsFieldEvent> {
    return streamMessage(buf, Receipt.codec(), opts)
  }
}

export interface Claim {
  offerId: string
  credits: number
  models: ModelDescription[]
  running: number
  addresses: string[]
  tools: string[]
  mailboxes: string[]
  assigned?: number
}

export namespace Claim {
  let _codec: Codec<Claim>

  export const codec = (): Codec<Claim> => {
    if (_codec == null) {
      _codec = message<Claim>((obj, w, opts = {}) => {
        if (opts.lengthDelimited !== false) {
          w.fork()
        }

        if ((obj.offerId != null && obj.offerId !== '')) {
          w.uint32(10)
          w.string(obj.offerId)
        }

        if ((obj.credits != null && obj.credits !== 0)) {
          w.uint32(16)
          w.uint32(obj.credits)
        }

        if (obj.models != null && obj.models.length > 0) {
          for (const value of obj.models) {
            w.uint32(26)
            ModelDescription.codec().encode(value, w)
          }
        }

        if ((obj.running != null && obj.running !== 0)) {
          w.uint32(32)
          w.uint32(obj.running)
        }

        if (obj.addresses != null && obj.addresses.length > 0) {
          for (const value of obj.addresses) {
            w.uint32(42)
            w.string(value)
          }
        }

        if (obj.tools != null && obj.tools.length > 0) {
          for (const value of obj.tools) {
            w.uint32(50)
            w.string(value)
          }
        }

        if (obj.mailboxes != null && obj.mailboxes.length > 0) {
          for (const value of obj.mailboxes) {
            w.uint32(122)
            w.string(value)
          }
        }

        if (obj.assigned != null) {
          w.uint32(56)
          w.uint32(obj.assigned)
        }

        if (opts.lengthDelimited !== false) {
          w.ldelim()
        }
      }, (reader, length, opts = {}) => {
        const obj: any = {
          offerId: '',
          credits: 0,
          models: [],
          running: 0,
          addresses: [],
          tools: [],
          mailboxes: []
        }

        const end = length == null ? reader.len : reader.pos + length

        while (reader.pos < end) {
          const tag = reader.uint32()

          switch (tag >>> 3) {
            case 1: {
              obj.offerId = reader.string()
              break
            }
            case 2: {
              obj.credits = reader.uint32()
              break
            }
            case 3: {
              if (opts.limits?.models != null && obj.models.length === opts.limits.models) {
                throw new MaxLengthError('Decode error - repeated field "models" had too many elements')
              }

              if (obj.models.length === 16) {
                throw new MaxLengthError('Decode error - repeated field "models" had too many elements')
              }

              obj.models.push(ModelDescription.codec().decode(reader, reader.uint32(), {
                limits: opts.limits?.models$
              }))
              break
            }
            case 4: {
              obj.running = reader.uint32()
              break
            }
            case 5: {
              if (opts.limits?.addresses != null && obj.addresses.length === opts.limits.addresses) {
                throw new MaxLengthError('Decode error - repeated field "addresses" had too many elements')
              }

              if (obj.addresses.length === 8) {
                throw new MaxLengthError('Decode error - repeated field "addresses" had too many elements')
              }

              obj.addresses.push(reader.string())
              break
            }
            case 6: {
              if (opts.limits?.tools != null && obj.tools.length === opts.limits.tools) {
                throw new MaxLengthError('Decode error - repeated field "tools" had too many elements')
              }

              if (obj.tools.length === 16) {
                throw new MaxLengthError('Decode error - repeated field "tools" had too many elements')
              }

              obj.tools.push(reader.string())
              break
            }
            case 15: {
              if (opts.limits?.mailboxes != null && obj.mailboxes.length === opts.limits.mailboxes) {
                throw new MaxLengthError('Decode error - repeated field "mailboxes" had too many elements')
              }

              if (obj.mailboxes.length === 8) {
                throw new MaxLengthError('Decode error - repeated field "mailboxes" had too many elements')
              }

              obj.mailboxes.push(reader.string())
              break
            }
            case 7: {
              obj.assigned = reader.uint32()
              break
            }
            default: {
              reader.skipType(tag & 7)
              break
            }
          }
        }

        return obj
      }, function * (reader, length, prefix, opts = {}) {
        const obj = {
          models: 16,
          addresses: 8,
          tools: 16,
          mailboxes: 8
        }

        const end = length == null ? reader.len : reader.pos + length

        while (reader.pos < end) {
          const tag = reader.uint32()

          switch (tag >>> 3) {
            case 1: {
              yield {
                field: `${prefix}.offerId`,
                value: reader.string()
              }
              break
            }
            case 2: {
              yield {
                field: `${prefix}.credits`,
                value: reader.uint32()
              }
              break
            }
            case 3: {
              if (opts.limits?.models != null && obj.models === opts.limits.models) {
                throw new MaxLengthError('Streaming decode error - repeated field "models" had too many elements')
              }

              if (obj.models === 16) {
                throw new MaxLengthError('Streaming decode error - repeated field "models" had too many elements')
              }

              for (const evt of ModelDescription.codec().stream(reader, reader.uint32(), `${prefix}.models[]`, {
                limits: opts.limits?.models$
              })) {
                yield {
                  ...evt,
                  index: obj.models
                }
              }

              obj.models++

              break
            }
            case 4: {
              yield {
                field: `${prefix}.running`,
                value: reader.uint32()
              }
              break
            }
            case 5: {
              if (opts.limits?.addresses != null && obj.addresses === opts.limits.addresses) {
                throw new MaxLengthError('Streaming decode error - repeated field "addresses" had too many elements')
              }

              if (obj.addresses === 8) {
                throw new MaxLengthError('Streaming decode error - repeated field "addresses" had too many elements')
              }

              yield {
                field: `${prefix}.addresses[]`,
                index: obj.addresses,
                value: reader.string()
              }

              obj.addresses++

              break
            }
            case 6: {
              if (opts.limits?.tools != null && obj.tools === opts.limits.tools) {
                throw new MaxLengthError('Streaming decode error - repeated field "tools" had too many elements')
              }

              if (obj.tools === 16) {
                throw new MaxLengthError('Streaming decode error - repeated field "tools" had too many elements')
              }

              yield {
                field: `${prefix}.tools[]`,
                index: obj.tools,
                value: reader.string()
              }

              obj.tools++

              break
            }
            case 15: {
              if (opts.limits?.mailboxes != null && obj.mailboxes === opts.limits.mailboxes) {
                throw new MaxLengthError('Streaming decode error - repeated field "mailboxes" had too many elements')
              }

              if (obj.mailboxes === 8) {
                throw new MaxLengthError('Streaming decode error - repeated field "mailboxes" had too many elements')
              }

              yield {
                field: `${prefix}.mailboxes[]`,
                index: obj.mailboxes,
                value: reader.string()
              }

              obj.mailboxes++

              break
            }
            case 7: {
              yield {
                field: `${prefix}.assigned`,
                value: reader.uint32()
              }
              break
            }
            default: {
              reader.skipType(tag & 7)
              break
            }
          }
        }
      })
    }

    return _codec
  }

  export interface ClaimOfferIdFieldEvent {
    field: '$.offerId'
    value: string
  }

  export interface ClaimCreditsFieldEvent {
    field: '$.credits'
    value: number
  }

  export interface ClaimModelsNameFieldEvent {
    field: '$.models[].name'
    value: string
    index: number
  }

  export interface ClaimModelsDigestFieldEvent {
    field: '$.models[].digest'
    value: Uint8Array<ArrayBuffer>
    index: number
  }

  export interface ClaimModelsContextSizeFieldEvent {
    field: '$.models[].contextSize'
    value: number
    index: number
  }

  export interface ClaimModelsSlotsFieldEvent {
    field: '$.models[].slots'
    value: number
    index: number
  }

  export interface ClaimModelsTokensPerSecondFieldEvent {
    field: '$.models[].tokensPerSecond'
    value: number
    index: number
  }

  export interface ClaimModelsPromptMicroPer1kFieldEvent {
    field: '$.models[].promptMicroPer1k'
    value: bigint
    index: number
  }

  export interface ClaimModelsCompletionMicroPer1kFieldEvent {
    field: '$.models[].completionMicroPer1k'
    value: bigint
    index: number
  }

  export interface ClaimRunningFieldEvent {
    field: '$.running'
    value: number
  }

  export interface ClaimAddressesFieldEvent {
    field: '$.addresses[]'
    index: number
    value: string
  }

  export interface ClaimToolsFieldEvent {
    field: '$.tools[]'
    index: number
    value: string
  }

  export interface ClaimMailboxesFieldEvent {
    field: '$.mailboxes[]'
    index: number
    value: string
  }

  export interface ClaimAssignedFieldEvent {
    field: '$.assigned'
    value: number
  }

  export function encode (obj: Partial<Claim>): Uint8Array<ArrayBuffer> {
    return encodeMessage(obj, Claim.codec())
  }

  export function decode (buf: Uint8Array | Uint8ArrayList, opts?: DecodeOptions<Claim>): Claim {
    return decodeMessage(buf, Claim.codec(), opts)
  }

  export function stream (buf: Uint8Array | Uint8ArrayList, opts?: DecodeOptions<Claim>): Generator<ClaimOfferIdFieldEvent | ClaimCreditsFieldEvent | ClaimModelsNameFieldEvent | ClaimModelsDigestFieldEvent | ClaimModelsContextSizeFieldEvent | ClaimModelsSlotsFieldEvent | ClaimModelsTokensPerSecondFieldEvent | ClaimModelsPromptMicroPer1kFieldEvent | ClaimModelsCompletionMicroPer1kFieldEvent | ClaimRunningFieldEvent | ClaimAddressesFieldEvent | ClaimToolsFieldEvent | ClaimMailboxesFieldEvent | ClaimAssignedFieldEvent> {
    return streamMessage(buf, Claim.codec(), opts)
  }
}

export interface Credit {
  credits: number
  assigned?: number
}

export namespace Credit {
  let _codec: Codec<Credit>

  export const codec = (): Codec<Credit> => {
    if (_codec == null) {
      _codec = message<Credit>((obj, w, opts = {}) => {
        if (opts.lengthDelimited !== false) {
          w.fork()
        }

        if ((obj.credits != null && obj.credits !== 0)) {
          w.uint32(8)
          w.uint32(obj.credits)
        }

        if (obj.assigned != null) {
          w.uint32(16)
          w.uint32(obj.assigned)
        }

        if (opts.lengthDelimited !== false) {
          w.ldelim()
        }
      }, (reader, length, opts = {}) => {
        const obj: any = {
          credits: 0
        }

        const end = length == null ? reader.len : reader.pos + length

        while (reader.pos < end) {
          const tag = reader.uint32()

          switch (tag >>> 3) {
            case 1: {
              obj.credits = reader.uint32()
              break
            }
            case 2: {
              obj.assigned = reader.uint32()
              break
            }
            default: {
              reader.skipType(tag & 7)
              break
            }
          }
        }

        return obj
      }, function * (reader, length, prefix, opts = {}) {
        const end = length == null ? reader.len : reader.pos + length

        while (reader.pos < end) {
          const tag = reader.uint32()

          switch (tag >>> 3) {
            case 1: {
              yield {
                field: `${prefix}.credits`,
                value: reader.uint32()
              }
              break
            }
            case 2: {
              yield {
                field: `${prefix}.assigned`,
                value: reader.uint32()
              }
              break
            }
            default: {
              reader.skipType(tag & 7)
              break
            }
          }
        }
      })
    }

    return _codec
  }

  export interface CreditCreditsFieldEvent {
    field: '$.credits'
    value: number
  }

  export interface CreditAssignedFieldEvent {
    field: '$.assigned'
    value: number
  }

  export function encode (obj: Partial<Credit>): Uint8Array<ArrayBuffer> {
    return encodeMessage(obj, Credit.codec())
  }

  export function decode (buf: Uint8Array | Uint8ArrayList, opts?: DecodeOptions<Credit>): Credit {
    return decodeMessage(buf, Credit.codec(), opts)
  }

  export function stream (buf: Uint8Array | Uint8ArrayList, opts?: DecodeOptions<Credit>): Generator<CreditCreditsFieldEvent | CreditAssignedFieldEvent> {
    return streamMessage(buf, Credit.codec(), opts)
  }
}

export interface Accepted {
  taskId: string
}

export namespace Accepted {
  let _codec: Codec<Accepted>

  export const codec = (): Codec<Accepted> => {
    if (_codec == null) {
      _codec = message<Accepted>((obj, w, opts = {}) => {
        if (opts.lengthDelimited !== false) {
          w.fork()
        }

        if ((obj.taskId != null && obj.taskId !== '')) {
          w.uint32(10)
          w.string(obj.taskId)
        }

        if (opts.lengthDelimited !== false) {
          w.ldelim()
        }
      }, (reader, length, opts = {}) => {
        const obj: any = {
          taskId: ''
        }

        const end = length == null ? reader.len : reader.pos + length

        while (reader.pos < end) {
          const tag = reader.uint32()

          switch (tag >>> 3) {
            case 1: {
              obj.taskId = reader.string()
              break
            }
            default: {
              reader.skipType(tag & 7)
              break
            }
          }
        }

        return obj
      }, function * (reader, length, prefix, opts = {}) {
        const end = length == null ? reader.len : reader.pos + length

        while (reader.pos < end) {
          const tag = reader.uint32()

          switch (tag >>> 3) {
            case 1: {
              yield {
                field: `${prefix}.taskId`,
                value: reader.string()
              }
              break
            }
            default: {
              reader.skipType(tag & 7)
              break
            }
          }
        }
      })
    }

    return _codec
  }

  export interface AcceptedTaskIdFieldEvent {
    field: '$.taskId'
    value: string
  }

  export function encode (obj: Partial<Accepted>): Uint8Array<ArrayBuffer> {
    return encodeMessage(obj, Accepted.codec())
  }

  export function decode (buf: Uint8Array | Uint8ArrayList, opts?: DecodeOptions<Accepted>): Accepted {
    return decodeMessage(buf, Accepted.codec(), opts)
  }

  export function stream (buf: Uint8Array | Uint8ArrayList, opts?: DecodeOptions<Accepted>): Generator<AcceptedTaskIdFieldEvent> {
    return streamMessage(buf, Accepted.codec(), opts)
  }
}

export interface Started {
  taskId: string
}

export namespace Started {
  let _codec: Codec<Started>

  export const codec = (): Codec<Started> => {
    if (_codec == null) {
      _codec = message<Started>((obj, w, opts = {}) => {
        if (opts.lengthDelimited !== false) {
          w.fork()
        }

        if ((obj.taskId != null && obj.taskId !== '')) {
          w.uint32(10)
          w.string(obj.taskId)
        }

        if (opts.lengthDelimited !== false) {
          w.ldelim()
        }
      }, (reader, length, opts = {}) => {
        const obj: any = {
          taskId: ''
        }

        const end = length == null ? reader.len : reader.pos + length

        while (reader.pos < end) {
          const tag = reader.uint32()

          switch (tag >>> 3) {
            case 1: {
              obj.taskId = reader.string()
              break
            }
            default: {
              reader.skipType(tag & 7)
              break
            }
          }
        }

        return obj
      }, function * (reader, length, prefix, opts = {}) {
        const end = length == null ? reader.len : reader.pos + length

        while (reader.pos < end) {
          const tag = reader.uint32()

          switch (tag >>> 3) {
            case 1: {
              yield {
                field: `${prefix}.taskId`,
                value: reader.string()
              }
              break
            }
            default: {
              reader.skipType(tag & 7)
              break
            }
          }
        }
      })
    }

    return _codec
  }

  export interface StartedTaskIdFieldEvent {
    field: '$.taskId'
    value: string
  }

  export function encode (obj: Partial<Started>): Uint8Array<ArrayBuffer> {
    return encodeMessage(obj, Started.codec())
  }

  export function decode (buf: Uint8Array | Uint8ArrayList, opts?: DecodeOptions<Started>): Started {
    return decodeMessage(buf, Started.codec(), opts)
  }

  export function stream (buf: Uint8Array | Uint8ArrayList, opts?: DecodeOptions<Started>): Generator<StartedTaskIdFieldEvent> {
    return streamMessage(buf, Started.codec(), opts)
  }
}

export interface Rejected {
  taskId: string
  errorCode: string
  errorMessage: string
}

export namespace Rejected {
  let _codec: Codec<Rejected>

  export const codec = (): Codec<Rejected> => {
    if (_codec == null) {
      _codec = message<Rejected>((obj, w, opts = {}) => {
        if (opts.lengthDelimited !== false) {
          w.fork()
        }

        if ((obj.taskId != null && obj.taskId !== '')) {
          w.uint32(10)
          w.string(obj.taskId)
        }

        if ((obj.errorCode != null && obj.errorCode !== '')) {
          w.uint32(18)
          w.string(obj.errorCode)
        }

        if ((obj.errorMessage != null && obj.errorMessage !== '')) {
          w.uint32(26)
          w.string(obj.errorMessage)
        }

        if (opts.lengthDelimited !== false) {
          w.ldelim()
        }
      }, (reader, length, opts = {}) => {
        const obj: any = {
          taskId: '',
          errorCode: '',
          errorMessage: ''
        }

        const end = length == null ? reader.len : reader.pos + length

        while (reader.pos < end) {
          const tag = reader.uint32()

          switch (tag >>> 3) {
            case 1: {
              obj.taskId = reader.string()
              break
            }
            case 2: {
              obj.errorCode = reader.string()
              break
            }
            case 3: {
              obj.errorMessage = reader.string()
              break
            }
            default: {
              reader.skipType(tag & 7)
              break
            }
          }
        }

        return obj
      }, function * (reader, length, prefix, opts = {}) {
        const end = length == null ? reader.len : reader.pos + length

        while (reader.pos < end) {
          const tag = reader.uint32()

          switch (tag >>> 3) {
            case 1: {
              yield {
                field: `${prefix}.taskId`,
                value: reader.string()
              }
              break
            }
            case 2: {
              yield {
                field: `${prefix}.errorCode`,
                value: reader.string()
              }
              break
            }
            case 3: {
              yield {
                field: `${prefix}.errorMessage`,
                value: reader.string()
              }
              break
            }
            default: {
              reader.skipType(tag & 7)
              break
            }
          }
        }
      })
    }

    return _codec
  }

  export interface RejectedTaskIdFieldEvent {
    field: '$.taskId'
    value: string
  }

  export interface RejectedErrorCodeFieldEvent {
    field: '$.errorCode'
    value: string
  }

  export interface RejectedErrorMessageFieldEvent {
    field: '$.errorMessage'
    value: string
  }

  export function encode (obj: Partial<Rejected>): Uint8Array<ArrayBuffer> {
    return encodeMessage(obj, Rejected.codec())
  }

  export function decode (buf: Uint8Array | Uint8ArrayList, opts?: DecodeOptions<Rejected>): Rejected {
    return decodeMessage(buf, Rejected.codec(), opts)
  }

  export function stream (buf: Uint8Array | Uint8ArrayList, opts?: DecodeOptions<Rejected>): Generator<RejectedTaskIdFieldEvent | RejectedErrorCodeFieldEvent | RejectedErrorMessageFieldEvent> {
    return streamMessage(buf, Rejected.codec(), opts)
  }
}

export interface Chunk {
  taskId: string
  text: string
  tokens: number
}

export namespace Chunk {
  let _codec: Codec<Chunk>

  export const codec = (): Codec<Chunk> => {
    if (_codec == null) {
      _codec = message<Chunk>((obj, w, opts = {}) => {
        if (opts.lengthDelimited !== false) {
          w.fork()
        }

        if ((obj.taskId != null && obj.taskId !== '')) {
          w.uint32(10)
          w.string(obj.taskId)
        }

        if ((obj.text != null && obj.text !== '')) {
          w.uint32(18)
          w.string(obj.text)
        }

        if ((obj.tokens != null && obj.tokens !== 0)) {
          w.uint32(24)
          w.uint32(obj.tokens)
        }

        if (opts.lengthDelimited !== false) {
          w.ldelim()
        }
      }, (reader, length, opts = {}) => {
        const obj: any = {
          taskId: '',
          text: '',
          tokens: 0
        }

        const end = length == null ? reader.len : reader.pos + length

        while (reader.pos < end) {
          const tag = reader.uint32()

          switch (tag >>> 3) {
            case 1: {
              obj.taskId = reader.string()
              break
            }
            case 2: {
              obj.text = reader.string()
              break
            }
            case 3: {
              obj.tokens = reader.uint32()
              break
            }
            default: {
              reader.skipType(tag & 7)
              break
            }
          }
        }

        return obj
      }, function * (reader, length, prefix, opts = {}) {
        const end = length == null ? reader.len : reader.pos + length

        while (reader.pos < end) {
          const tag = reader.uint32()

          switch (tag >>> 3) {
            case 1: {
              yield {
                field: `${prefix}.taskId`,
                value: reader.string()
              }
              break
            }
            case 2: {
              yield {
                field: `${prefix}.text`,
                value: reader.string()
              }
              break
            }
            case 3: {
              yield {
                field: `${prefix}.tokens`,
                value: reader.uint32()
              }
              break
            }
            default: {
              reader.skipType(tag & 7)
              break
            }
          }
        }
      })
    }

    return _codec
  }

  export interface ChunkTaskIdFieldEvent {
    field: '$.taskId'
    value: string
  }

  export interface ChunkTextFieldEvent {
    field: '$.text'
    value: string
  }

  export interface ChunkTokensFieldEvent {
    field: '$.tokens'
    value: number
  }

  export function encode (obj: Partial<Chunk>): Uint8Array<ArrayBuffer> {
    return encodeMessage(obj, Chunk.codec())
  }

  export function decode (buf: Uint8Array | Uint8ArrayList, opts?: DecodeOptions<Chunk>): Chunk {
    return decodeMessage(buf, Chunk.codec(), opts)
  }

  export function stream (buf: Uint8Array | Uint8ArrayList, opts?: DecodeOptions<Chunk>): Generator<ChunkTaskIdFieldEvent | ChunkTextFieldEvent | ChunkTokensFieldEvent> {
    return streamMessage(buf, Chunk.codec(), opts)
  }
}

export interface Step {
  taskId: string
  reportJson: string
}

export namespace Step {
  let _codec: Codec<Step>

  export const codec = (): Codec<Step> => {
    if (_codec == null) {
      _codec = message<Step>((obj, w, opts = {}) => {
        if (opts.lengthDelimited !== false) {
          w.fork()
        }

        if ((obj.taskId != null && obj.taskId !== '')) {
          w.uint32(10)
          w.string(obj.taskId)
        }

        if ((obj.reportJson != null && obj.reportJson !== '')) {
          w.uint32(18)
          w.string(obj.reportJson)
        }

        if (opts.lengthDelimited !== false) {
          w.ldelim()
        }
      }, (reader, length, opts = {}) => {
        const obj: any = {
          taskId: '',
          reportJson: ''
        }

        const end = length == null ? reader.len : reader.pos + length

        while (reader.pos < end) {
          const tag = reader.uint32()

          switch (tag >>> 3) {
            case 1: {
              obj.taskId = reader.string()
              break
            }
            case 2: {
              obj.reportJson = reader.string()
              break
            }
            default: {
              reader.skipType(tag & 7)
              break
            }
          }
        }

        return obj
      }, function * (reader, length, prefix, opts = {}) {
        const end = length == null ? reader.len : reader.pos + length

        while (reader.pos < end) {
          const tag = reader.uint32()

          switch (tag >>> 3) {
            case 1: {
              yield {
                field: `${prefix}.taskId`,
                value: reader.string()
              }
              break
            }
            case 2: {
              yield {
                field: `${prefix}.reportJson`,
                value: reader.string()
              }
              break
            }
            default: {
              reader.skipType(tag & 7)
              break
            }
          }
        }
      })
    }

    return _codec
  }

  export interface StepTaskIdFieldEvent {
    field: '$.taskId'
    value: string
  }

  export interface StepReportJsonFieldEvent {
    field: '$.reportJson'
    value: string
  }

  export function encode (obj: Partial<Step>): Uint8Array<ArrayBuffer> {
    return encodeMessage(obj, Step.codec())
  }

  export function decode (buf: Uint8Array | Uint8ArrayList, opts?: DecodeOptions<Step>): Step {
    return decodeMessage(buf, Step.codec(), opts)
  }

  export function stream (buf: Uint8Array | Uint8ArrayList, opts?: DecodeOptions<Step>): Generator<StepTaskIdFieldEvent | StepReportJsonFieldEvent> {
    return streamMessage(buf, Step.codec(), opts)
  }
}

export interface Bye {
  reason: string
}

export namespace Bye {
  let _codec: Codec<Bye>

  export const codec = (): Codec<Bye> => {
    if (_codec == null) {
      _codec = message<Bye>((obj, w, opts = {}) => {
        if (opts.lengthDelimited !== false) {
          w.fork()
        }

        if ((obj.reason != null && obj.reason !== '')) {
          w.uint32(10)
          w.string(obj.reason)
        }

        if (opts.lengthDelimited !== false) {
          w.ldelim()
        }
      }, (reader, length, opts = {}) => {
        const obj: any = {
          reason: ''
        }

        const end = length == null ? reader.len : reader.pos + length

        while (reader.pos < end) {
          const tag = reader.uint32()

          switch (tag >>> 3) {
            case 1: {
              obj.reason = reader.string()
              break
            }
            default: {
              reader.skipType(tag & 7)
              break
            }
          }
        }

        return obj
      }, function * (reader, length, prefix, opts = {}) {
        const end = length == null ? reader.len : reader.pos + length

        while (reader.pos < end) {
          const tag = reader.uint32()

          switch (tag >>> 3) {
            case 1: {
              yield {
                field: `${prefix}.reason`,
                value: reader.string()
              }
              break
            }
            default: {
              reader.skipType(tag & 7)
              break
            }
          }
        }
      })
    }

    return _codec
  }

  export interface ByeReasonFieldEvent {
    field: '$.reason'
    value: string
  }

  export function encode (obj: Partial<Bye>): Uint8Array<ArrayBuffer> {
    return encodeMessage(obj, Bye.codec())
  }

  export function decode (buf: Uint8Array | Uint8ArrayList, opts?: DecodeOptions<Bye>): Bye {
    return decodeMessage(buf, Bye.codec(), opts)
  }

  export function stream (buf: Uint8Array | Uint8ArrayList, opts?: DecodeOptions<Bye>): Generator<ByeReasonFieldEvent> {
    return streamMessage(buf, Bye.codec(), opts)
  }
}

export interface Acknowledged {
  taskId: string
}

export namespace Acknowledged {
  let _codec: Codec<Acknowledged>

  export const codec = (): Codec<Acknowledged> => {
    if (_codec == null) {
      _codec = message<Acknowledged>((obj, w, opts = {}) => {
        if (opts.lengthDelimited !== false) {
          w.fork()
        }

        if ((obj.taskId != null && obj.taskId !== '')) {
          w.uint32(10)
          w.string(obj.taskId)
        }

        if (opts.lengthDelimited !== false) {
          w.ldelim()
        }
      }, (reader, length, opts = {}) => {
        const obj: any = {
          taskId: ''
        }

        const end = length == null ? reader.len : reader.pos + length

        while (reader.pos < end) {
          const tag = reader.uint32()

          switch (tag >>> 3) {
            case 1: {
              obj.taskId = reader.string()
              break
            }
            default: {
              reader.skipType(tag & 7)
              break
            }
          }
        }

        return obj
      }, function * (reader, length, prefix, opts = {}) {
        const end = length == null ? reader.len : reader.pos + length

        while (reader.pos < end) {
          const tag = reader.uint32()

          switch (tag >>> 3) {
            case 1: {
              yield {
                field: `${prefix}.taskId`,
                value: reader.string()
              }
              break
            }
            default: {
              reader.skipType(tag & 7)
              break
            }
          }
        }
      })
    }

    return _codec
  }

  export interface AcknowledgedTaskIdFieldEvent {
    field: '$.taskId'
    value: string
  }

  export function encode (obj: Partial<Acknowledged>): Uint8Array<ArrayBuffer> {
    return encodeMessage(obj, Acknowledged.codec())
  }

  export function decode (buf: Uint8Array | Uint8ArrayList, opts?: DecodeOptions<Acknowledged>): Acknowledged {
    return decodeMessage(buf, Acknowledged.codec(), opts)
  }

  export function stream (buf: Uint8Array | Uint8ArrayList, opts?: DecodeOptions<Acknowledged>): Generator<AcknowledgedTaskIdFieldEvent> {
    return streamMessage(buf, Acknowledged.codec(), opts)
  }
}

export interface FromNode {
  claim?: Claim
  credit?: Credit
  accepted?: Accepted
  rejected?: Rejected
  chunk?: Chunk
  outcome?: Signed
  bye?: Bye
  acknowledged?: Acknowledged
  started?: Started
  step?: Step
}

export namespace FromNode {
  let _codec: Codec<FromNode>

  export const codec = (): Codec<FromNode> => {
    if (_codec == null) {
      _codec = message<FromNode>((obj, w, opts = {}) => {
        if (opts.lengthDelimited !== false) {
          w.fork()
        }

        obj = { ...obj }

        if (obj.step != null) {
          obj.started = undefined
          obj.acknowledged = undefined
          obj.bye = undefined
          obj.outcome = undefined
          obj.chunk = undefined
          obj.rejected = undefined
          obj.accepted = undefined
          obj.credit = undefined
          obj.claim = undefined
        }

        if (obj.started != null) {
          obj.step = undefined
          obj.acknowledged = undefined
          obj.bye = undefined
          obj.outcome = undefined
          obj.chunk = undefined
          obj.rejected = undefined
          obj.accepted = undefined
          obj.credit = undefined
          obj.claim = undefined
        }

        if (obj.acknowledged != null) {
          obj.step = undefined
          obj.started = undefined
          obj.bye = undefined
          obj.outcome = undefined
          obj.chunk = undefined
          obj.rejected = undefined
          obj.accepted = undefined
          obj.credit = undefined
          obj.claim = undefined
        }

        if (obj.bye != null) {
          obj.step = undefined
          obj.started = undefined
          obj.acknowledged = undefined
          obj.outcome = undefined
          obj.chunk = undefined
          obj.rejected = undefined
          obj.accepted = undefined
          obj.credit = undefined
          obj.claim = undefined
        }

        if (obj.outcome != null) {
          obj.step = undefined
          obj.started = undefined
          obj.acknowledged = undefined
          obj.bye = undefined
          obj.chunk = undefined
          obj.rejected = undefined
          obj.accepted = undefined
          obj.credit = undefined
          obj.claim = undefined
        }

        if (obj.chunk != null) {
          obj.step = undefined
          obj.started = undefined
          obj.acknowledged = undefined
          obj.bye = undefined
          obj.outcome = undefined
          obj.rejected = undefined
          obj.accepted = undefined
          obj.credit = undefined
          obj.claim = undefined
        }

        if (obj.rejected != null) {
          obj.step = undefined
          obj.started = undefined
          obj.acknowledged = undefined
          obj.bye = undefined
          obj.outcome = undefined
          obj.chunk = undefined
          obj.accepted = undefined
          obj.credit = undefined
          obj.claim = undefined
        }

        if (obj.accepted != null) {
          obj.step = undefined
          obj.started = undefined
          obj.acknowledged = undefined
          obj.bye = undefined
          obj.outcome = undefined
          obj.chunk = undefined
          obj.rejected = undefined
          obj.credit = undefined
          obj.claim = undefined
        }

        if (obj.credit != null) {
          obj.step = undefined
          obj.started = undefined
          obj.acknowledged = undefined
          obj.bye = undefined
          obj.outcome = undefined
          obj.chunk = undefined
          obj.rejected = undefined
          obj.accepted = undefined
          obj.claim = undefined
        }

        if (obj.claim != null) {
          obj.step = undefined
          obj.started = undefined
          obj.acknowledged = undefined
          obj.bye = undefined
          obj.outcome = undefined
          obj.chunk = undefined
          obj.rejected = undefined
          obj.accepted = undefined
          obj.credit = undefined
        }

        if (obj.claim != null) {
          w.uint32(10)
          Claim.codec().encode(obj.claim, w)
        }

        if (obj.credit != null) {
          w.uint32(18)
          Credit.codec().encode(obj.credit, w)
        }

        if (obj.accepted != null) {
          w.uint32(26)
          Accepted.codec().encode(obj.accepted, w)
        }

        if (obj.rejected != null) {
          w.uint32(34)
          Rejected.codec().encode(obj.rejected, w)
        }

        if (obj.chunk != null) {
          w.uint32(42)
          Chunk.codec().encode(obj.chunk, w)
        }

        if (obj.outcome != null) {
          w.uint32(50)
          Signed.codec().encode(obj.outcome, w)
        }

        if (obj.bye != null) {
          w.uint32(58)
          Bye.codec().encode(obj.bye, w)
        }

        if (obj.acknowledged != null) {
          w.uint32(66)
          Acknowledged.codec().encode(obj.acknowledged, w)
        }

        if (obj.started != null) {
          w.uint32(74)
          Started.codec().encode(obj.started, w)
        }

        if (obj.step != null) {
          w.uint32(82)
          Step.codec().encode(obj.step, w)
        }

        if (opts.lengthDelimited !== false) {
          w.ldelim()
        }
      }, (reader, length, opts = {}) => {
        const obj: any = {}

        const end = length == null ? reader.len : reader.pos + length

        while (reader.pos < end) {
          const tag = reader.uint32()

          switch (tag >>> 3) {
            case 1: {
              obj.claim = Claim.codec().decode(reader, reader.uint32(), {
                limits: opts.limits?.claim
              })
              break
            }
            case 2: {
              obj.credit = Credit.codec().decode(reader, reader.uint32(), {
                limits: opts.limits?.credit
              })
              break
            }
            case 3: {
              obj.accepted = Accepted.codec().decode(reader, reader.uint32(), {
                limits: opts.limits?.accepted
              })
              break
            }
            case 4: {
              obj.rejected = Rejected.codec().decode(reader, reader.uint32(), {
                limits: opts.limits?.rejected
              })
              break
            }
            case 5: {
              obj.chunk = Chunk.codec().decode(reader, reader.uint32(), {
                limits: opts.limits?.chunk
              })
              break
            }
            case 6: {
              obj.outcome = Signed.codec().decode(reader, reader.uint32(), {
                limits: opts.limits?.outcome
              })
              break
            }
            case 7: {
              obj.bye = Bye.codec().decode(reader, reader.uint32(), {
                limits: opts.limits?.bye
              })
              break
            }
            case 8: {
              obj.acknowledged = Acknowledged.codec().decode(reader, reader.uint32(), {
                limits: opts.limits?.acknowledged
              })
              break
            }
            case 9: {
              obj.started = Started.codec().decode(reader, reader.uint32(), {
                limits: opts.limits?.started
              })
              break
            }
            case 10: {
              obj.step = Step.codec().decode(reader, reader.uint32(), {
                limits: opts.limits?.step
              })
              break
            }
            default: {
              reader.skipType(tag & 7)
              break
            }
          }
        }

        if (obj.step != null) {
          delete obj.started
          delete obj.acknowledged
          delete obj.bye
          delete obj.outcome
          delete obj.chunk
          delete obj.rejected
          delete obj.accepted
          delete obj.credit
          delete obj.claim
        }

        if (obj.started != null) {
          delete obj.step
          delete obj.acknowledged
          delete obj.bye
          delete obj.outcome
          delete obj.chunk
          delete obj.rejected
          delete obj.accepted
          delete obj.credit
          delete obj.claim
        }

        if (obj.acknowledged != null) {
          delete obj.step
          delete obj.started
          delete obj.bye
          delete obj.outcome
          delete obj.chunk
          delete obj.rejected
          delete obj.accepted
          delete obj.credit
          delete obj.claim
        }

        if (obj.bye != null) {
          delete obj.step
          delete obj.started
          delete obj.acknowledged
          delete obj.outcome
          delete obj.chunk
          delete obj.rejected
          delete obj.accepted
          delete obj.credit
          delete obj.claim
        }

        if (obj.outcome != null) {
          delete obj.step
          delete obj.started
          delete obj.acknowledged
          delete obj.bye
          delete obj.chunk
          delete obj.rejected
          delete obj.accepted
          delete obj.credit
          delete obj.claim
        }

        if (obj.chunk != null) {
          delete obj.step
          delete obj.started
          delete obj.acknowledged
          delete obj.bye
          delete obj.outcome
          delete obj.rejected
          delete obj.accepted
          delete obj.credit
          delete obj.claim
        }

        if (obj.rejected != null) {
          delete obj.step
          delete obj.started
          delete obj.acknowledged
          delete obj.bye
          delete obj.outcome
          delete obj.chunk
          delete obj.accepted
          delete obj.credit
          delete obj.claim
        }

        if (obj.accepted != null) {
          delete obj.step
          delete obj.started
          delete obj.acknowledged
          delete obj.bye
          delete obj.outcome
          delete obj.chunk
          delete obj.rejected
          delete obj.credit
          delete obj.claim
        }

        if (obj.credit != null) {
          delete obj.step
          delete obj.started
          delete obj.acknowledged
          delete obj.bye
          delete obj.outcome
          delete obj.chunk
          delete obj.rejected
          delete obj.accepted
          delete obj.claim
        }

        if (obj.claim != null) {
          delete obj.step
          delete obj.started
          delete obj.acknowledged
          delete obj.bye
          delete obj.outcome
          delete obj.chunk
          delete obj.rejected
          delete obj.accepted
          delete obj.credit
        }

        return obj
      }, function * (reader, length, prefix, opts = {}) {
        const end = length == null ? reader.len : reader.pos + length

        while (reader.pos < end) {
          const tag = reader.uint32()

          switch (tag >>> 3) {
            case 1: {
              yield * Claim.codec().stream(reader, reader.uint32(), `${prefix}.claim`, {
                limits: opts.limits?.claim
              })

              break
            }
            case 2: {
              yield * Credit.codec().stream(reader, reader.uint32(), `${prefix}.credit`, {
                limits: opts.limits?.credit
              })

              break
            }
            case 3: {
              yield * Accepted.codec().stream(reader, reader.uint32(), `${prefix}.accepted`, {
                limits: opts.limits?.accepted
              })

              break
            }
            case 4: {
              yield * Rejected.codec().stream(reader, reader.uint32(), `${prefix}.rejected`, {
                limits: opts.limits?.rejected
              })

              break
            }
            case 5: {
              yield * Chunk.codec().stream(reader, reader.uint32(), `${prefix}.chunk`, {
                limits: opts.limits?.chunk
              })

              break
            }
            case 6: {
              yield * Signed.codec().stream(reader, reader.uint32(), `${prefix}.outcome`, {
                limits: opts.limits?.outcome
              })

              break
            }
            case 7: {
              yield * Bye.codec().stream(reader, reader.uint32(), `${prefix}.bye`, {
                limits: opts.limits?.bye
              })

              break
            }
            case 8: {
              yield * Acknowledged.codec().stream(reader, reader.uint32(), `${prefix}.acknowledged`, {
                limits: opts.limits?.acknowledged
              })

              break
            }
            case 9: {
              yield * Started.codec().stream(reader, reader.uint32(), `${prefix}.started`, {
                limits: opts.limits?.started
              })

              break
            }
            case 10: {
              yield * Step.codec().stream(reader, reader.uint32(), `${prefix}.step`, {
                limits: opts.limits?.step
              })

              break
            }
            default: {
              reader.skipType(tag & 7)
              break
            }
          }
        }
      })
    }

    return _codec
  }

  export interface FromNodeClaimOfferIdFieldEvent {
    field: '$.claim.offerId'
    value: string
  }

  export interface FromNodeClaimCreditsFieldEvent {
    field: '$.claim.credits'
    value: number
  }

  export interface FromNodeClaimModelsNameFieldEvent {
    field: '$.claim.models[].name'
    value: string
    index: number
  }

  export interface FromNodeClaimModelsDigestFieldEvent {
    field: '$.claim.models[].digest'
    value: Uint8Array<ArrayBuffer>
    index: number
  }

  export interface FromNodeClaimModelsContextSizeFieldEvent {
    field: '$.claim.models[].contextSize'
    value: number
    index: number
  }

  export interface FromNodeClaimModelsSlotsFieldEvent {
    field: '$.claim.models[].slots'
    value: number
    index: number
  }

  export interface FromNodeClaimModelsTokensPerSecondFieldEvent {
    field: '$.claim.models[].tokensPerSecond'
    value: number
    index: number
  }

  export interface FromNodeClaimModelsPromptMicroPer1kFieldEvent {
    field: '$.claim.models[].promptMicroPer1k'
    value: bigint
    index: number
  }

  export interface FromNodeClaimModelsCompletionMicroPer1kFieldEvent {
    field: '$.claim.models[].completionMicroPer1k'
    value: bigint
    index: number
  }

  export interface FromNodeClaimRunningFieldEvent {
    field: '$.claim.running'
    value: number
  }

  export interface FromNodeClaimAddressesFieldEvent {
    field: '$.claim.addresses[]'
    index: number
    value: string
  }

  export interface FromNodeClaimToolsFieldEvent {
    field: '$.claim.tools[]'
    index: number
    value: string
  }

  export interface FromNodeClaimMailboxesFieldEvent {
    field: '$.claim.mailboxes[]'
    index: number
    value: string
  }

  export interface FromNodeClaimAssignedFieldEvent {
    field: '$.claim.assigned'
    value: number
  }

  export interface FromNodeCreditCreditsFieldEvent {
    field: '$.credit.credits'
    value: number
  }

  export interface FromNodeCreditAssignedFieldEvent {
    field: '$.credit.assigned'
    value: number
  }

  export interface FromNodeAcceptedTaskIdFieldEvent {
    field: '$.accepted.taskId'
    value: string
  }

  export interface FromNodeRejectedTaskIdFieldEvent {
    field: '$.rejected.taskId'
    value: string
  }

  export interface FromNodeRejectedErrorCodeFieldEvent {
    field: '$.rejected.errorCode'
    value: string
  }

  export interface FromNodeRejectedErrorMessageFieldEvent {
    field: '$.rejected.errorMessage'
    value: string
  }

  export interface FromNodeChunkTaskIdFieldEvent {
    field: '$.chunk.taskId'
    value: string
  }

  export interface FromNodeChunkTextFieldEvent {
    field: '$.chunk.text'
    value: string
  }

  export interface FromNodeChunkTokensFieldEvent {
    field: '$.chunk.tokens'
    value: number
  }

  export interface FromNodeOutcomePayloadFieldEvent {
    field: '$.outcome.payload'
    value: Uint8Array<ArrayBuffer>
  }

  export interface FromNodeOutcomePublicKeyFieldEvent {
    field: '$.outcome.publicKey'
    value: Uint8Array<ArrayBuffer>
  }

  export interface FromNodeOutcomeSignatureFieldEvent {
    field: '$.outcome.signature'
    value: Uint8Array<ArrayBuffer>
  }

  export interface FromNodeByeReasonFieldEvent {
    field: '$.bye.reason'
    value: string
  }

  export interface FromNodeAcknowledgedTaskIdFieldEvent {
    field: '$.acknowledged.taskId'
    value: string
  }

  export interface FromNodeStartedTaskIdFieldEvent {
    field: '$.started.taskId'
    value: string
  }

  export interface FromNodeStepTaskIdFieldEvent {
    field: '$.step.taskId'
    value: string
  }

  export interface FromNodeStepReportJsonFieldEvent {
    field: '$.step.reportJson'
    value: string
  }

  export function encode (obj: Partial<FromNode>): Uint8Array<ArrayBuffer> {
    return encodeMessage(obj, FromNode.codec())
  }

  export function decode (buf: Uint8Array | Uint8ArrayList, opts?: DecodeOptions<FromNode>): FromNode {
    return decodeMessage(buf, FromNode.codec(), opts)
  }

  export function stream (buf: Uint8Array | Uint8ArrayList, opts?: DecodeOptions<FromNode>): Generator<FromNodeClaimOfferIdFieldEvent | FromNodeClaimCreditsFieldEvent | FromNodeClaimModelsNameFieldEvent | FromNodeClaimModelsDigestFieldEvent | FromNodeClaimModelsContextSizeFieldEvent | FromNodeClaimModelsSlotsFieldEvent | FromNodeClaimModelsTokensPerSecondFieldEvent | FromNodeClaimModelsPromptMicroPer1kFieldEvent | FromNodeClaimModelsCompletionMicroPer1kFieldEvent | FromNodeClaimRunningFieldEvent | FromNodeClaimAddressesFieldEvent | FromNodeClaimToolsFieldEvent | FromNodeClaimMailboxesFieldEvent | FromNodeClaimAssignedFieldEvent | FromNodeCreditCreditsFieldEvent | FromNodeCreditAssignedFieldEvent | FromNodeAcceptedTaskIdFieldEvent | FromNodeRejectedTaskIdFieldEvent | FromNodeRejectedErrorCodeFieldEvent | FromNodeRejectedErrorMessageFieldEvent | FromNodeChunkTaskIdFieldEvent | FromNodeChunkTextFieldEvent | FromNodeChunkTokensFieldEvent | FromNodeOutcomePayloadFieldEvent | FromNodeOutcomePublicKeyFieldEvent | FromNodeOutcomeSignatureFieldEvent | FromNodeByeReasonFieldEvent | FromNodeAcknowledgedTaskIdFieldEvent | FromNodeStartedTaskIdFieldEvent | FromNodeStepTaskIdFieldEvent | FromNodeStepReportJsonFieldEvent> {
    return streamMessage(buf, FromNode.codec(), opts)
  }
}

export interface Cancel {
  taskId: string
}

export namespace Cancel {
  let _codec: Codec<Cancel>

  export const codec = (): Codec<Cancel> => {
    if (_codec == null) {
      _codec = message<Cancel>((obj, w, opts = {}) => {
        if (opts.lengthDelimited !== false) {
          w.fork()
        }

        if ((obj.taskId != null && obj.taskId !== '')) {
          w.uint32(10)
          w.string(obj.taskId)
        }

        if (opts.lengthDelimited !== false) {
          w.ldelim()
        }
      }, (reader, length, opts = {}) => {
        const obj: any = {
          taskId: ''
        }

        const end = length == null ? reader.len : reader.pos + length

        while (reader.pos < end) {
          const tag = reader.uint32()

          switch (tag >>> 3) {
            case 1: {
              obj.taskId = reader.string()
              break
            }
            default: {
              reader.skipType(tag & 7)
              break
            }
          }
        }

        return obj
      }, function * (reader, length, prefix, opts = {}) {
        const end = length == null ? reader.len : reader.pos + length

        while (reader.pos < end) {
          const tag = reader.uint32()

          switch (tag >>> 3) {
            case 1: {
              yield {
                field: `${prefix}.taskId`,
                value: reader.string()
              }
              break
            }
            default: {
              reader.skipType(tag & 7)
              break
            }
          }
        }
      })
    }

    return _codec
  }

  export interface CancelTaskIdFieldEvent {
    field: '$.taskId'
    value: string
  }

  export function encode (obj: Partial<Cancel>): Uint8Array<ArrayBuffer> {
    return encodeMessage(obj, Cancel.codec())
  }

  export function decode (buf: Uint8Array | Uint8ArrayList, opts?: DecodeOptions<Cancel>): Cancel {
    return decodeMessage(buf, Cancel.codec(), opts)
  }

  export function stream (buf: Uint8Array | Uint8ArrayList, opts?: DecodeOptions<Cancel>): Generator<CancelTaskIdFieldEvent> {
    return streamMessage(buf, Cancel.codec(), opts)
  }
}

export interface Denied {
  offerId: string
  reason: string
}

export namespace Denied {
  let _codec: Codec<Denied>

  export const codec = (): Codec<Denied> => {
    if (_codec == null) {
      _codec = message<Denied>((obj, w, opts = {}) => {
        if (opts.lengthDelimited !== false) {
          w.fork()
        }

        if ((obj.offerId != null && obj.offerId !== '')) {
          w.uint32(10)
          w.string(obj.offerId)
        }

        if ((obj.reason != null && obj.reason !== '')) {
          w.uint32(18)
          w.string(obj.reason)
        }

        if (opts.lengthDelimited !== false) {
          w.ldelim()
        }
      }, (reader, length, opts = {}) => {
        const obj: any = {
          offerId: '',
          reason: ''
        }

        const end = length == null ? reader.len : reader.pos + length

        while (reader.pos < end) {
          const tag = reader.uint32()

          switch (tag >>> 3) {
            case 1: {
              obj.offerId = reader.string()
              break
            }
            case 2: {
              obj.reason = reader.string()
              break
            }
            default: {
              reader.skipType(tag & 7)
              break
            }
          }
        }

        return obj
      }, function * (reader, length, prefix, opts = {}) {
        const end = length == null ? reader.len : reader.pos + length

        while (reader.pos < end) {
          const tag = reader.uint32()

          switch (tag >>> 3) {
            case 1: {
              yield {
                field: `${prefix}.offerId`,
                value: reader.string()
              }
              break
            }
            case 2: {
              yield {
                field: `${prefix}.reason`,
                value: reader.string()
              }
              break
            }
            default: {
              reader.skipType(tag & 7)
              break
            }
          }
        }
      })
    }

    return _codec
  }

  export interface DeniedOfferIdFieldEvent {
    field: '$.offerId'
    value: string
  }

  export interface DeniedReasonFieldEvent {
    field: '$.reason'
    value: string
  }

  export function encode (obj: Partial<Denied>): Uint8Array<ArrayBuffer> {
    return encodeMessage(obj, Denied.codec())
  }

  export function decode (buf: Uint8Array | Uint8ArrayList, opts?: DecodeOptions<Denied>): Denied {
    return decodeMessage(buf, Denied.codec(), opts)
  }

  export function stream (buf: Uint8Array | Uint8ArrayList, opts?: DecodeOptions<Denied>): Generator<DeniedOfferIdFieldEvent | DeniedReasonFieldEvent> {
    return streamMessage(buf, Denied.codec(), opts)
  }
}

export interface FromRequester {
  assign?: Signed
  cancel?: Cancel
  receipt?: Signed
  denied?: Denied
  dispute?: Signed
}

export namespace FromRequester {
  let _codec: Codec<FromRequester>

  export const codec = (): Codec<FromRequester> => {
    if (_codec == null) {
      _codec = message<FromRequester>((obj, w, opts = {}) => {
        if (opts.lengthDelimited !== false) {
          w.fork()
        }

        obj = { ...obj }

        if (obj.dispute != null) {
          obj.denied = undefined
          obj.receipt = undefined
          obj.cancel = undefined
          obj.assign = undefined
        }

        if (obj.denied != null) {
          obj.dispute = undefined
          obj.receipt = undefined
          obj.cancel = undefined
          obj.assign = undefined
        }

        if (obj.receipt != null) {
          obj.dispute = undefined
          obj.denied = undefined
          obj.cancel = undefined
          obj.assign = undefined
        }

        if (obj.cancel != null) {
          obj.dispute = undefined
          obj.denied = undefined
          obj.receipt = undefined
          obj.assign = undefined
        }

        if (obj.assign != null) {
          obj.dispute = undefined
          obj.denied = undefined
          obj.receipt = undefined
          obj.cancel = undefined
        }

        if (obj.assign != null) {
          w.uint32(10)
          Signed.codec().encode(obj.assign, w)
        }

        if (obj.cancel != null) {
          w.uint32(18)
          Cancel.codec().encode(obj.cancel, w)
        }

        if (obj.receipt != null) {
          w.uint32(26)
          Signed.codec().encode(obj.receipt, w)
        }

        if (obj.denied != null) {
          w.uint32(34)
          Denied.codec().encode(obj.denied, w)
        }

        if (obj.dispute != null) {
          w.uint32(42)
          Signed.codec().encode(obj.dispute, w)
        }

        if (opts.lengthDelimited !== false) {
          w.ldelim()
        }
      }, (reader, length, opts = {}) => {
        const obj: any = {}

        const end = length == null ? reader.len : reader.pos + length

        while (reader.pos < end) {
          const tag = reader.uint32()

          switch (tag >>> 3) {
            case 1: {
              obj.assign = Signed.codec().decode(reader, reader.uint32(), {
                limits: opts.limits?.assign
              })
              break
            }
            case 2: {
              obj.cancel = Cancel.codec().decode(reader, reader.uint32(), {
                limits: opts.limits?.cancel
              })
              break
            }
            case 3: {
              obj.receipt = Signed.codec().decode(reader, reader.uint32(), {
                limits: opts.limits?.receipt
              })
              break
            }
            case 4: {
              obj.denied = Denied.codec().decode(reader, reader.uint32(), {
                limits: opts.limits?.denied
              })
              break
            }
            case 5: {
              obj.dispute = Signed.codec().decode(reader, reader.uint32(), {
                limits: opts.limits?.dispute
              })
              break
            }
            default: {
              reader.skipType(tag & 7)
              break
            }
          }
        }

        if (obj.dispute != null) {
          delete obj.denied
          delete obj.receipt
          delete obj.cancel
          delete obj.assign
        }

        if (obj.denied != null) {
          delete obj.dispute
          delete obj.receipt
          delete obj.cancel
          delete obj.assign
        }

        if (obj.receipt != null) {
          delete obj.dispute
          delete obj.denied
          delete obj.cancel
          delete obj.assign
        }

        if (obj.cancel != null) {
          delete obj.dispute
          delete obj.denied
          delete obj.receipt
          delete obj.assign
        }

        if (obj.assign != null) {
          delete obj.dispute
          delete obj.denied
          delete obj.receipt
          delete obj.cancel
        }

        return obj
      }, function * (reader, length, prefix, opts = {}) {
        const end = length == null ? reader.len : reader.pos + length

        while (reader.pos < end) {
          const tag = reader.uint32()

          switch (tag >>> 3) {
            case 1: {
              yield * Signed.codec().stream(reader, reader.uint32(), `${prefix}.assign`, {
                limits: opts.limits?.assign
              })

              break
            }
            case 2: {
              yield * Cancel.codec().stream(reader, reader.uint32(), `${prefix}.cancel`, {
                limits: opts.limits?.cancel
              })

              break
            }
            case 3: {
              yield * Signed.codec().stream(reader, reader.uint32(), `${prefix}.receipt`, {
                limits: opts.limits?.receipt
              })

              break
            }
            case 4: {
              yield * Denied.codec().stream(reader, reader.uint32(), `${prefix}.denied`, {
                limits: opts.limits?.denied
              })

              break
            }
            case 5: {
              yield * Signed.codec().stream(reader, reader.uint32(), `${prefix}.dispute`, {
                limits: opts.limits?.dispute
              })

              break
            }
            default: {
              reader.skipType(tag & 7)
              break
            }
          }
        }
      })
    }

    return _codec
  }

  export interface FromRequesterAssignPayloadFieldEvent {
    field: '$.assign.payload'
    value: Uint8Array<ArrayBuffer>
  }

  export interface FromRequesterAssignPublicKeyFieldEvent {
    field: '$.assign.publicKey'
    value: Uint8Array<ArrayBuffer>
  }

  export interface FromRequesterAssignSignatureFieldEvent {
    field: '$.assign.signature'
    value: Uint8Array<ArrayBuffer>
  }

  export interface FromRequesterCancelTaskIdFieldEvent {
    field: '$.cancel.taskId'
    value: string
  }

  export interface FromRequesterReceiptPayloadFieldEvent {
    field: '$.receipt.payload'
    value: Uint8Array<ArrayBuffer>
  }

  export interface FromRequesterReceiptPublicKeyFieldEvent {
    field: '$.receipt.publicKey'
    value: Uint8Array<ArrayBuffer>
  }

  export interface FromRequesterReceiptSignatureFieldEvent {
    field: '$.receipt.signature'
    value: Uint8Array<ArrayBuffer>
  }

  export interface FromRequesterDeniedOfferIdFieldEvent {
    field: '$.denied.offerId'
    value: string
  }

  export interface FromRequesterDeniedReasonFieldEvent {
    field: '$.denied.reason'
    value: string
  }

  export interface FromRequesterDisputePayloadFieldEvent {
    field: '$.dispute.payload'
    value: Uint8Array<ArrayBuffer>
  }

  export interface FromRequesterDisputePublicKeyFieldEvent {
    field: '$.dispute.publicKey'
    value: Uint8Array<ArrayBuffer>
  }

  export interface FromRequesterDisputeSignatureFieldEvent {
    field: '$.dispute.signature'
    value: Uint8Array<ArrayBuffer>
  }

  export function encode (obj: Partial<FromRequester>): Uint8Array<ArrayBuffer> {
    return encodeMessage(obj, FromRequester.codec())
  }

  export function decode (buf: Uint8Array | Uint8ArrayList, opts?: DecodeOptions<FromRequester>): FromRequester {
    return decodeMessage(buf, FromRequester.codec(), opts)
  }

  export function stream (buf: Uint8Array | Uint8ArrayList, opts?: DecodeOptions<FromRequester>): Generator<FromRequesterAssignPayloadFieldEvent | FromRequesterAssignPublicKeyFieldEvent | FromRequesterAssignSignatureFieldEvent | FromRequesterCancelTaskIdFieldEvent | FromRequesterReceiptPayloadFieldEvent | FromRequesterReceiptPublicKeyFieldEvent | FromRequesterReceiptSignatureFieldEvent | FromRequesterDeniedOfferIdFieldEvent | FromRequesterDeniedReasonFieldEvent | FromRequesterDisputePayloadFieldEvent | FromRequesterDisputePublicKeyFieldEvent | FromRequesterDisputeSignatureFieldEvent> {
    return streamMessage(buf, FromRequester.codec(), opts)
  }
}

export interface ResultRequest {
  taskId: string
  node: Uint8Array<ArrayBuffer>
  issuedAtMs: number
  cancel: boolean
}

export namespace ResultRequest {
  let _codec: Codec<ResultRequest>

  export const codec = (): Codec<ResultRequest> => {
    if (_codec == null) {
      _codec = message<ResultRequest>((obj, w, opts = {}) => {
        if (opts.lengthDelimited !== false) {
          w.fork()
        }

        if ((obj.taskId != null && obj.taskId !== '')) {
          w.uint32(10)
          w.string(obj.taskId)
        }

        if ((obj.node != null && obj.node.byteLength > 0)) {
          w.uint32(18)
          w.bytes(obj.node)
        }

        if ((obj.issuedAtMs != null && obj.issuedAtMs !== 0)) {
          w.uint32(24)
          w.uint64Number(obj.issuedAtMs)
        }

        if ((obj.cancel != null && obj.cancel !== false)) {
          w.uint32(32)
          w.bool(obj.cancel)
        }

        if (opts.lengthDelimited !== false) {
          w.ldelim()
        }
      }, (reader, length, opts = {}) => {
        const obj: any = {
          taskId: '',
          node: uint8ArrayAlloc(0),
          issuedAtMs: 0,
          cancel: false
        }

        const end = length == null ? reader.len : reader.pos + length

        while (reader.pos < end) {
          const tag = reader.uint32()

          switch (tag >>> 3) {
            case 1: {
              obj.taskId = reader.string()
              break
            }
            case 2: {
              obj.node = reader.bytes()
              break
            }
            case 3: {
              obj.issuedAtMs = reader.uint64Number()
              break
            }
            case 4: {
              obj.cancel = reader.bool()
              break
            }
            default: {
              reader.skipType(tag & 7)
              break
            }
          }
        }

        return obj
      }, function * (reader, length, prefix, opts = {}) {
        const end = length == null ? reader.len : reader.pos + length

        while (reader.pos < end) {
          const tag = reader.uint32()

          switch (tag >>> 3) {
            case 1: {
              yield {
                field: `${prefix}.taskId`,
                value: reader.string()
              }
              break
            }
            case 2: {
              yield {
                field: `${prefix}.node`,
                value: reader.bytes()
              }
              break
            }
            case 3: {
              yield {
                field: `${prefix}.issuedAtMs`,
                value: reader.uint64Number()
              }
              break
            }
            case 4: {
              yield {
                field: `${prefix}.cancel`,
                value: reader.bool()
              }
              break
            }
            default: {
              reader.skipType(tag & 7)
              break
            }
          }
        }
      })
    }

    return _codec
  }

  export interface ResultRequestTaskIdFieldEvent {
    field: '$.taskId'
    value: string
  }

  export interface ResultRequestNodeFieldEvent {
    field: '$.node'
    value: Uint8Array<ArrayBuffer>
  }

  export interface ResultRequestIssuedAtMsFieldEvent {
    field: '$.issuedAtMs'
    value: number
  }

  export interface ResultRequestCancelFieldEvent {
    field: '$.cancel'
    value: boolean
  }

  export function encode (obj: Partial<ResultRequest>): Uint8Array<ArrayBuffer> {
    return encodeMessage(obj, ResultRequest.codec())
  }

  export function decode (buf: Uint8Array | Uint8ArrayList, opts?: DecodeOptions<ResultRequest>): ResultRequest {
    return decodeMessage(buf, ResultRequest.codec(), opts)
  }

  export function stream (buf: Uint8Array | Uint8ArrayList, opts?: DecodeOptions<ResultRequest>): Generator<ResultRequestTaskIdFieldEvent | ResultRequestNodeFieldEvent | ResultRequestIssuedAtMsFieldEvent | ResultRequestCancelFieldEvent> {
    return streamMessage(buf, ResultRequest.codec(), opts)
  }
}

export interface ToResult {
  request?: Signed
  receipt?: Signed
  dispute?: Signed
}

export namespace ToResult {
  let _codec: Codec<ToResult>

  export const codec = (): Codec<ToResult> => {
    if (_codec == null) {
      _codec = message<ToResult>((obj, w, opts = {}) => {
        if (opts.lengthDelimited !== false) {
          w.fork()
        }

        obj = { ...obj }

        if (obj.dispute != null) {
          obj.receipt = undefined
          obj.request = undefined
        }

        if (obj.receipt != null) {
          obj.dispute = undefined
          obj.request = undefined
        }

        if (obj.request != null) {
          obj.dispute = undefined
          obj.receipt = undefined
        }

        if (obj.request != null) {
          w.uint32(10)
          Signed.codec().encode(obj.request, w)
        }

        if (obj.receipt != null) {
          w.uint32(18)
          Signed.codec().encode(obj.receipt, w)
        }

        if (obj.dispute != null) {
          w.uint32(26)
          Signed.codec().encode(obj.dispute, w)
        }

        if (opts.lengthDelimited !== false) {
          w.ldelim()
        }
      }, (reader, length, opts = {}) => {
        const obj: any = {}

        const end = length == null ? reader.len : reader.pos + length

        while (reader.pos < end) {
          const tag = reader.uint32()

          switch (tag >>> 3) {
            case 1: {
              obj.request = Signed.codec().decode(reader, reader.uint32(), {
                limits: opts.limits?.request
              })
              break
            }
            case 2: {
              obj.receipt = Signed.codec().decode(reader, reader.uint32(), {
                limits: opts.limits?.receipt
              })
              break
            }
            case 3: {
              obj.dispute = Signed.codec().decode(reader, reader.uint32(), {
                limits: opts.limits?.dispute
              })
              break
            }
            default: {
              reader.skipType(tag & 7)
              break
            }
          }
        }

        if (obj.dispute != null) {
          delete obj.receipt
          delete obj.request
        }

        if (obj.receipt != null) {
          delete obj.dispute
          delete obj.request
        }

        if (obj.request != null) {
          delete obj.dispute
          delete obj.receipt
        }

        return obj
      }, function * (reader, length, prefix, opts = {}) {
        const end = length == null ? reader.len : reader.pos + length

        while (reader.pos < end) {
          const tag = reader.uint32()

          switch (tag >>> 3) {
            case 1: {
              yield * Signed.codec().stream(reader, reader.uint32(), `${prefix}.request`, {
                limits: opts.limits?.request
              })

              break
            }
            case 2: {
              yield * Signed.codec().stream(reader, reader.uint32(), `${prefix}.receipt`, {
                limits: opts.limits?.receipt
              })

              break
            }
            case 3: {
              yield * Signed.codec().stream(reader, reader.uint32(), `${prefix}.dispute`, {
                limits: opts.limits?.dispute
              })

              break
            }
            default: {
              reader.skipType(tag & 7)
              break
            }
          }
        }
      })
    }

    return _codec
  }

  export interface ToResultRequestPayloadFieldEvent {
    field: '$.request.payload'
    value: Uint8Array<ArrayBuffer>
  }

  export interface ToResultRequestPublicKeyFieldEvent {
    field: '$.request.publicKey'
    value: Uint8Array<ArrayBuffer>
  }

  export interface ToResultRequestSignatureFieldEvent {
    field: '$.request.signature'
    value: Uint8Array<ArrayBuffer>
  }

  export interface ToResultReceiptPayloadFieldEvent {
    field: '$.receipt.payload'
    value: Uint8Array<ArrayBuffer>
  }

  export interface ToResultReceiptPublicKeyFieldEvent {
    field: '$.receipt.publicKey'
    value: Uint8Array<ArrayBuffer>
  }

  export interface ToResultReceiptSignatureFieldEvent {
    field: '$.receipt.signature'
    value: Uint8Array<ArrayBuffer>
  }

  export interface ToResultDisputePayloadFieldEvent {
    field: '$.dispute.payload'
    value: Uint8Array<ArrayBuffer>
  }

  export interface ToResultDisputePublicKeyFieldEvent {
    field: '$.dispute.publicKey'
    value: Uint8Array<ArrayBuffer>
  }

  export interface ToResultDisputeSignatureFieldEvent {
    field: '$.dispute.signature'
    value: Uint8Array<ArrayBuffer>
  }

  export function encode (obj: Partial<ToResult>): Uint8Array<ArrayBuffer> {
    return encodeMessage(obj, ToResult.codec())
  }

  export function decode (buf: Uint8Array | Uint8ArrayList, opts?: DecodeOptions<ToResult>): ToResult {
    return decodeMessage(buf, ToResult.codec(), opts)
  }

  export function stream (buf: Uint8Array | Uint8ArrayList, opts?: DecodeOptions<ToResult>): Generator<ToResultRequestPayloadFieldEvent | ToResultRequestPublicKeyFieldEvent | ToResultRequestSignatureFieldEvent | ToResultReceiptPayloadFieldEvent | ToResultReceiptPublicKeyFieldEvent | ToResultReceiptSignatureFieldEvent | ToResultDisputePayloadFieldEvent | ToResultDisputePublicKeyFieldEvent | ToResultDisputeSignatureFieldEvent> {
    return streamMessage(buf, ToResult.codec(), opts)
  }
}

export interface ResultAnswer {
  status: ResultAnswer.Status
  outcome?: Signed
  errorCode: string
  errorMessage: string
}

export namespace ResultAnswer {
  export enum Status {
    UNKNOWN = 'UNKNOWN',
    PENDING = 'PENDING',
    RUNNING = 'RUNNING',
    ENDED = 'ENDED',
    ACKNOWLEDGED = 'ACKNOWLEDGED',
    REFUSED = 'REFUSED'
  }

  enum __StatusValues {
    UNKNOWN = 0,
    PENDING = 1,
    RUNNING = 2,
    ENDED = 3,
    ACKNOWLEDGED = 4,
    REFUSED = 5
  }

  export namespace Status {
    export const codec = (): Codec<Status> => {
      return enumeration<Status>(__StatusValues)
    }
  }

  let _codec: Codec<ResultAnswer>

  export const codec = (): Codec<ResultAnswer> => {
    if (_codec == null) {
      _codec = message<ResultAnswer>((obj, w, opts = {}) => {
        if (opts.lengthDelimited !== false) {
          w.fork()
        }

        if (obj.status != null && __StatusValues[obj.status] !== 0) {
          w.uint32(8)
          ResultAnswer.Status.codec().encode(obj.status, w)
        }

        if (obj.outcome != null) {
          w.uint32(18)
          Signed.codec().encode(obj.outcome, w)
        }

        if ((obj.errorCode != null && obj.errorCode !== '')) {
          w.uint32(26)
          w.string(obj.errorCode)
        }

        if ((obj.errorMessage != null && obj.errorMessage !== '')) {
          w.uint32(34)
          w.string(obj.errorMessage)
        }

        if (opts.lengthDelimited !== false) {
          w.ldelim()
        }
      }, (reader, length, opts = {}) => {
        const obj: any = {
          status: Status.UNKNOWN,
          errorCode: '',
          errorMessage: ''
        }

        const end = length == null ? reader.len : reader.pos + length

        while (reader.pos < end) {
          const tag = reader.uint32()

          switch (tag >>> 3) {
            case 1: {
              obj.status = ResultAnswer.Status.codec().decode(reader)
              break
            }
            case 2: {
              obj.outcome = Signed.codec().decode(reader, reader.uint32(), {
                limits: opts.limits?.outcome
              })
              break
            }
            case 3: {
              obj.errorCode = reader.string()
              break
            }
            case 4: {
              obj.errorMessage = reader.string()
              break
            }
            default: {
              reader.skipType(tag & 7)
              break
            }
          }
        }

        return obj
      }, function * (reader, length, prefix, opts = {}) {
        const end = length == null ? reader.len : reader.pos + length

        while (reader.pos < end) {
          const tag = reader.uint32()

          switch (tag >>> 3) {
            case 1: {
              yield {
                field: `${prefix}.status`,
                value: ResultAnswer.Status.codec().decode(reader)
              }
              break
            }
            case 2: {
              yield * Signed.codec().stream(reader, reader.uint32(), `${prefix}.outcome`, {
                limits: opts.limits?.outcome
              })

              break
            }
            case 3: {
              yield {
                field: `${prefix}.errorCode`,
                value: reader.string()
              }
              break
            }
            case 4: {
              yield {
                field: `${prefix}.errorMessage`,
                value: reader.string()
              }
              break
            }
            default: {
              reader.skipType(tag & 7)
              break
            }
          }
        }
      })
    }

    return _codec
  }

  export interface ResultAnswerStatusFieldEvent {
    field: '$.status'
    value: ResultAnswer.Status
  }

  export interface ResultAnswerOutcomePayloadFieldEvent {
    field: '$.outcome.payload'
    value: Uint8Array<ArrayBuffer>
  }

  export interface ResultAnswerOutcomePublicKeyFieldEvent {
    field: '$.outcome.publicKey'
    value: Uint8Array<ArrayBuffer>
  }

  export interface ResultAnswerOutcomeSignatureFieldEvent {
    field: '$.outcome.signature'
    value: Uint8Array<ArrayBuffer>
  }

  export interface ResultAnswerErrorCodeFieldEvent {
    field: '$.errorCode'
    value: string
  }

  export interface ResultAnswerErrorMessageFieldEvent {
    field: '$.errorMessage'
    value: string
  }

  export function encode (obj: Partial<ResultAnswer>): Uint8Array<ArrayBuffer> {
    return encodeMessage(obj, ResultAnswer.codec())
  }

  export function decode (buf: Uint8Array | Uint8ArrayList, opts?: DecodeOptions<ResultAnswer>): ResultAnswer {
    return decodeMessage(buf, ResultAnswer.codec(), opts)
  }

  export function stream (buf: Uint8Array | Uint8ArrayList, opts?: DecodeOptions<ResultAnswer>): Generator<ResultAnswerStatusFieldEvent | ResultAnswerOutcomePayloadFieldEvent | ResultAnswerOutcomePublicKeyFieldEvent | ResultAnswerOutcomeSignatureFieldEvent | ResultAnswerErrorCodeFieldEvent | ResultAnswerErrorMessageFieldEvent> {
    return streamMessage(buf, ResultAnswer.codec(), opts)
  }
}

export interface Dispute {
  taskId: string
  node: Uint8Array<ArrayBuffer>
  resultHash: Uint8Array<ArrayBuffer>
  code: string
  reason: string
  issuedAtMs: number
}

export namespace Dispute {
  let _codec: Codec<Dispute>

  export const codec = (): Codec<Dispute> => {
    if (_codec == null) {
      _codec = message<Dispute>((obj, w, opts = {}) => {
        if (opts.lengthDelimited !== false) {
          w.fork()
        }

        if ((obj.taskId != null && obj.taskId !== '')) {
          w.uint32(10)
          w.string(obj.taskId)
        }

        if ((obj.node != null && obj.node.byteLength > 0)) {
          w.uint32(18)
          w.bytes(obj.node)
        }

        if ((obj.resultHash != null && obj.resultHash.byteLength > 0)) {
          w.uint32(26)
          w.bytes(obj.resultHash)
        }

        if ((obj.code != null && obj.code !== '')) {
          w.uint32(34)
          w.string(obj.code)
        }

        if ((obj.reason != null && obj.reason !== '')) {
          w.uint32(42)
          w.string(obj.reason)
        }

        if ((obj.issuedAtMs != null && obj.issuedAtMs !== 0)) {
          w.uint32(48)
          w.uint64Number(obj.issuedAtMs)
        }

        if (opts.lengthDelimited !== false) {
          w.ldelim()
        }
      }, (reader, length, opts = {}) => {
        const obj: any = {
          taskId: '',
          node: uint8ArrayAlloc(0),
          resultHash: uint8ArrayAlloc(0),
          code: '',
          reason: '',
          issuedAtMs: 0
        }

        const end = length == null ? reader.len : reader.pos + length

        while (reader.pos < end) {
          const tag = reader.uint32()

          switch (tag >>> 3) {
            case 1: {
              obj.taskId = reader.string()
              break
            }
            case 2: {
              obj.node = reader.bytes()
              break
            }
            case 3: {
              obj.resultHash = reader.bytes()
              break
            }
            case 4: {
              obj.code = reader.string()
              break
            }
            case 5: {
              obj.reason = reader.string()
              break
            }
            case 6: {
              obj.issuedAtMs = reader.uint64Number()
              break
            }
            default: {
              reader.skipType(tag & 7)
              break
            }
          }
        }

        return obj
      }, function * (reader, length, prefix, opts = {}) {
        const end = length == null ? reader.len : reader.pos + length

        while (reader.pos < end) {
          const tag = reader.uint32()

          switch (tag >>> 3) {
            case 1: {
              yield {
                field: `${prefix}.taskId`,
                value: reader.string()
              }
              break
            }
            case 2: {
              yield {
                field: `${prefix}.node`,
                value: reader.bytes()
              }
              break
            }
            case 3: {
              yield {
                field: `${prefix}.resultHash`,
                value: reader.bytes()
              }
              break
            }
            case 4: {
              yield {
                field: `${prefix}.code`,
                value: reader.string()
              }
              break
            }
            case 5: {
              yield {
                field: `${prefix}.reason`,
                value: reader.string()
              }
              break
            }
            case 6: {
              yield {
                field: `${prefix}.issuedAtMs`,
                value: reader.uint64Number()
              }
              break
            }
            default: {
              reader.skipType(tag & 7)
              break
            }
          }
        }
      })
    }

    return _codec
  }

  export interface DisputeTaskIdFieldEvent {
    field: '$.taskId'
    value: string
  }

  export interface DisputeNodeFieldEvent {
    field: '$.node'
    value: Uint8Array<ArrayBuffer>
  }

  export interface DisputeResultHashFieldEvent {
    field: '$.resultHash'
    value: Uint8Array<ArrayBuffer>
  }

  export interface DisputeCodeFieldEvent {
    field: '$.code'
    value: string
  }

  export interface DisputeReasonFieldEvent {
    field: '$.reason'
    value: string
  }

  export interface DisputeIssuedAtMsFieldEvent {
    field: '$.issuedAtMs'
    value: number
  }

  export function encode (obj: Partial<Dispute>): Uint8Array<ArrayBuffer> {
    return encodeMessage(obj, Dispute.codec())
  }

  export function decode (buf: Uint8Array | Uint8ArrayList, opts?: DecodeOptions<Dispute>): Dispute {
    return decodeMessage(buf, Dispute.codec(), opts)
  }

  export function stream (buf: Uint8Array | Uint8ArrayList, opts?: DecodeOptions<Dispute>): Generator<DisputeTaskIdFieldEvent | DisputeNodeFieldEvent | DisputeResultHashFieldEvent | DisputeCodeFieldEvent | DisputeReasonFieldEvent | DisputeIssuedAtMsFieldEvent> {
    return streamMessage(buf, Dispute.codec(), opts)
  }
}

export interface LedgerHead {
  entries: number
  firstHash: Uint8Array<ArrayBuffer>
  lastHash: Uint8Array<ArrayBuffer>
  issuedAtMs: number
}

export namespace LedgerHead {
  let _codec: Codec<LedgerHead>

  export const codec = (): Codec<LedgerHead> => {
    if (_codec == null) {
      _codec = message<LedgerHead>((obj, w, opts = {}) => {
        if (opts.lengthDelimited !== false) {
          w.fork()
        }

        if ((obj.entries != null && obj.entries !== 0)) {
          w.uint32(8)
          w.uint64Number(obj.entries)
        }

        if ((obj.firstHash != null && obj.firstHash.byteLength > 0)) {
          w.uint32(18)
          w.bytes(obj.firstHash)
        }

        if ((obj.lastHash != null && obj.lastHash.byteLength > 0)) {
          w.uint32(26)
          w.bytes(obj.lastHash)
        }

        if ((obj.issuedAtMs != null && obj.issuedAtMs !== 0)) {
          w.uint32(32)
          w.uint64Number(obj.issuedAtMs)
        }

        if (opts.lengthDelimited !== false) {
          w.ldelim()
        }
      }, (reader, length, opts = {}) => {
        const obj: any = {
          entries: 0,
          firstHash: uint8ArrayAlloc(0),
          lastHash: uint8ArrayAlloc(0),
          issuedAtMs: 0
        }

        const end = length == null ? reader.len : reader.pos + length

        while (reader.pos < end) {
          const tag = reader.uint32()

          switch (tag >>> 3) {
            case 1: {
              obj.entries = reader.uint64Number()
              break
            }
            case 2: {
              obj.firstHash = reader.bytes()
              break
            }
            case 3: {
              obj.lastHash = reader.bytes()
              break
            }
            case 4: {
              obj.issuedAtMs = reader.uint64Number()
              break
            }
            default: {
              reader.skipType(tag & 7)
              break
            }
          }
        }

        return obj
      }, function * (reader, length, prefix, opts = {}) {
        const end = length == null ? reader.len : reader.pos + length

        while (reader.pos < end) {
          const tag = reader.uint32()

          switch (tag >>> 3) {
            case 1: {
              yield {
                field: `${prefix}.entries`,
                value: reader.uint64Number()
              }
              break
            }
            case 2: {
              yield {
                field: `${prefix}.firstHash`,
                value: reader.bytes()
              }
              break
            }
            case 3: {
              yield {
                field: `${prefix}.lastHash`,
                value: reader.bytes()
              }
              break
            }
            case 4: {
              yield {
                field: `${prefix}.issuedAtMs`,
                value: reader.uint64Number()
              }
              break
            }
            default: {
              reader.skipType(tag & 7)
              break
            }
          }
        }
      })
    }

    return _codec
  }

  export interface LedgerHeadEntriesFieldEvent {
    field: '$.entries'
    value: number
  }

  export interface LedgerHeadFirstHashFieldEvent {
    field: '$.firstHash'
    value: Uint8Array<ArrayBuffer>
  }

  export interface LedgerHeadLastHashFieldEvent {
    field: '$.lastHash'
    value: Uint8Array<ArrayBuffer>
  }

  export interface LedgerHeadIssuedAtMsFieldEvent {
    field: '$.issuedAtMs'
    value: number
  }

  export function encode (obj: Partial<LedgerHead>): Uint8Array<ArrayBuffer> {
    return encodeMessage(obj, LedgerHead.codec())
  }

  export function decode (buf: Uint8Array | Uint8ArrayList, opts?: DecodeOptions<LedgerHead>): LedgerHead {
    return decodeMessage(buf, LedgerHead.codec(), opts)
  }

  export function stream (buf: Uint8Array | Uint8ArrayList, opts?: DecodeOptions<LedgerHead>): Generator<LedgerHeadEntriesFieldEvent | LedgerHeadFirstHashFieldEvent | LedgerHeadLastHashFieldEvent | LedgerHeadIssuedAtMsFieldEvent> {
    return streamMessage(buf, LedgerHead.codec(), opts)
  }
}

export interface Statement {
  requester: Uint8Array<ArrayBuffer>
  fromMs: number
  toMs: number
  entries: number
  totalMicro: bigint
  firstSeq: number
  lastSeq: number
  firstHash: Uint8Array<ArrayBuffer>
  lastHash: Uint8Array<ArrayBuffer>
  entriesHash: Uint8Array<ArrayBuffer>
  payoutAddress: string
  issuedAtMs: number
}

export namespace Statement {
  let _codec: Codec<Statement>

  export const codec = (): Codec<Statement> => {
    if (_codec == null) {
      _codec = message<Statement>((obj, w, opts = {}) => {
        if (opts.lengthDelimited !== false) {
          w.fork()
        }

        if ((obj.requester != null && obj.requester.byteLength > 0)) {
          w.uint32(10)
          w.bytes(obj.requester)
        }

        if ((obj.fromMs != null && obj.fromMs !== 0)) {
          w.uint32(16)
          w.uint64Number(obj.fromMs)
        }

        if ((obj.toMs != null && obj.toMs !== 0)) {
          w.uint32(24)
          w.uint64Number(obj.toMs)
        }

        if ((obj.entries != null && obj.entries !== 0)) {
          w.uint32(32)
          w.uint64Number(obj.entries)
        }

        if ((obj.totalMicro != null && obj.totalMicro !== 0n)) {
          w.uint32(40)
          w.uint64(obj.totalMicro)
        }

        if ((obj.firstSeq != null && obj.firstSeq !== 0)) {
          w.uint32(48)
          w.uint64Number(obj.firstSeq)
        }

        if ((obj.lastSeq != null && obj.lastSeq !== 0)) {
          w.uint32(56)
          w.uint64Number(obj.lastSeq)
        }

        if ((obj.firstHash != null && obj.firstHash.byteLength > 0)) {
          w.uint32(66)
          w.bytes(obj.firstHash)
        }

        if ((obj.lastHash != null && obj.lastHash.byteLength > 0)) {
          w.uint32(74)
          w.bytes(obj.lastHash)
        }

        if ((obj.entriesHash != null && obj.entriesHash.byteLength > 0)) {
          w.uint32(82)
          w.bytes(obj.entriesHash)
        }

        if ((obj.payoutAddress != null && obj.payoutAddress !== '')) {
          w.uint32(90)
          w.string(obj.payoutAddress)
        }

        if ((obj.issuedAtMs != null && obj.issuedAtMs !== 0)) {
          w.uint32(96)
          w.uint64Number(obj.issuedAtMs)
        }

        if (opts.lengthDelimited !== false) {
          w.ldelim()
        }
      }, (reader, length, opts = {}) => {
        const obj: any = {
          requester: uint8ArrayAlloc(0),
          fromMs: 0,
          toMs: 0,
          entries: 0,
          totalMicro: 0n,
          firstSeq: 0,
          lastSeq: 0,
          firstHash: uint8ArrayAlloc(0),
          lastHash: uint8ArrayAlloc(0),
          entriesHash: uint8ArrayAlloc(0),
          payoutAddress: '',
          issuedAtMs: 0
        }

        const end = length == null ? reader.len : reader.pos + length

        while (reader.pos < end) {
          const tag = reader.uint32()

          switch (tag >>> 3) {
            case 1: {
              obj.requester = reader.bytes()
              break
            }
            case 2: {
              obj.fromMs = reader.uint64Number()
              break
            }
            case 3: {
              obj.toMs = reader.uint64Number()
              break
            }
            case 4: {
              obj.entries = reader.uint64Number()
              break
            }
            case 5: {
              obj.totalMicro = reader.uint64()
              break
            }
            case 6: {
              obj.firstSeq = reader.uint64Number()
              break
            }
            case 7: {
              obj.lastSeq = reader.uint64Number()
              break
            }
            case 8: {
              obj.firstHash = reader.bytes()
              break
            }
            case 9: {
              obj.lastHash = reader.bytes()
              break
            }
            case 10: {
              obj.entriesHash = reader.bytes()
              break
            }
            case 11: {
              obj.payoutAddress = reader.string()
              break
            }
            case 12: {
              obj.issuedAtMs = reader.uint64Number()
              break
            }
            default: {
              reader.skipType(tag & 7)
              break
            }
          }
        }

        return obj
      }, function * (reader, length, prefix, opts = {}) {
        const end = length == null ? reader.len : reader.pos + length

        while (reader.pos < end) {
          const tag = reader.uint32()

          switch (tag >>> 3) {
            case 1: {
              yield {
                field: `${prefix}.requester`,
                value: reader.bytes()
              }
              break
            }
            case 2: {
              yield {
                field: `${prefix}.fromMs`,
                value: reader.uint64Number()
              }
              break
            }
            case 3: {
              yield {
                field: `${prefix}.toMs`,
                value: reader.uint64Number()
              }
              break
            }
            case 4: {
              yield {
                field: `${prefix}.entries`,
                value: reader.uint64Number()
              }
              break
            }
            case 5: {
              yield {
                field: `${prefix}.totalMicro`,
                value: reader.uint64()
              }
              break
            }
            case 6: {
              yield {
                field: `${prefix}.firstSeq`,
                value: reader.uint64Number()
              }
              break
            }
            case 7: {
              yield {
                field: `${prefix}.lastSeq`,
                value: reader.uint64Number()
              }
              break
            }
            case 8: {
              yield {
                field: `${prefix}.firstHash`,
                value: reader.bytes()
              }
              break
            }
            case 9: {
              yield {
                field: `${prefix}.lastHash`,
                value: reader.bytes()
              }
              break
            }
            case 10: {
              yield {
                field: `${prefix}.entriesHash`,
                value: reader.bytes()
              }
              break
            }
            case 11: {
              yield {
                field: `${prefix}.payoutAddress`,
                value: reader.string()
              }
              break
            }
            case 12: {
              yield {
                field: `${prefix}.issuedAtMs`,
                value: reader.uint64Number()
              }
              break
            }
            default: {
              reader.skipType(tag & 7)
              break
            }
          }
        }
      })
    }

    return _codec
  }

  export interface StatementRequesterFieldEvent {
    field: '$.requester'
    value: Uint8Array<ArrayBuffer>
  }

  export interface StatementFromMsFieldEvent {
    field: '$.fromMs'
    value: number
  }

  export interface StatementToMsFieldEvent {
    field: '$.toMs'
    value: number
  }

  export interface StatementEntriesFieldEvent {
    field: '$.entries'
    value: number
  }

  export interface StatementTotalMicroFieldEvent {
    field: '$.totalMicro'
    value: bigint
  }

  export interface StatementFirstSeqFieldEvent {
    field: '$.firstSeq'
    value: number
  }

  export interface StatementLastSeqFieldEvent {
    field: '$.lastSeq'
    value: number
  }

  export interface StatementFirstHashFieldEvent {
    field: '$.firstHash'
    value: Uint8Array<ArrayBuffer>
  }

  export interface StatementLastHashFieldEvent {
    field: '$.lastHash'
    value: Uint8Array<ArrayBuffer>
  }

  export interface StatementEntriesHashFieldEvent {
    field: '$.entriesHash'
    value: Uint8Array<ArrayBuffer>
  }

  export interface StatementPayoutAddressFieldEvent {
    field: '$.payoutAddress'
    value: string
  }

  export interface StatementIssuedAtMsFieldEvent {
    field: '$.issuedAtMs'
    value: number
  }

  export function encode (obj: Partial<Statement>): Uint8Array<ArrayBuffer> {
    return encodeMessage(obj, Statement.codec())
  }

  export function decode (buf: Uint8Array | Uint8ArrayList, opts?: DecodeOptions<Statement>): Statement {
    return decodeMessage(buf, Statement.codec(), opts)
  }

  export function stream (buf: Uint8Array | Uint8ArrayList, opts?: DecodeOptions<Statement>): Generator<StatementRequesterFieldEvent | StatementFromMsFieldEvent | StatementToMsFieldEvent | StatementEntriesFieldEvent | StatementTotalMicroFieldEvent | StatementFirstSeqFieldEvent | StatementLastSeqFieldEvent | StatementFirstHashFieldEvent | StatementLastHashFieldEvent | StatementEntriesHashFieldEvent | StatementPayoutAddressFieldEvent | StatementIssuedAtMsFieldEvent> {
    return streamMessage(buf, Statement.codec(), opts)
  }
}

export interface Settlement {
  node: Uint8Array<ArrayBuffer>
  statementHash: Uint8Array<ArrayBuffer>
  totalMicro: bigint
  reference: string
  issuedAtMs: number
}

export namespace Settlement {
  let _codec: Codec<Settlement>

  export const codec = (): Codec<Settlement> => {
    if (_codec == null) {
      _codec = message<Settlement>((obj, w, opts = {}) => {
        if (opts.lengthDelimited !== false) {
          w.fork()
        }

        if ((obj.node != null && obj.node.byteLength > 0)) {
          w.uint32(10)
          w.bytes(obj.node)
        }

        if ((obj.statementHash != null && obj.statementHash.byteLength > 0)) {
          w.uint32(18)
          w.bytes(obj.statementHash)
        }

        if ((obj.totalMicro != null && obj.totalMicro !== 0n)) {
          w.uint32(24)
          w.uint64(obj.totalMicro)
        }

        if ((obj.reference != null && obj.reference !== '')) {
          w.uint32(34)
          w.string(obj.reference)
        }

        if ((obj.issuedAtMs != null && obj.issuedAtMs !== 0)) {
          w.uint32(40)
          w.uint64Number(obj.issuedAtMs)
        }

        if (opts.lengthDelimited !== false) {
          w.ldelim()
        }
      }, (reader, length, opts = {}) => {
        const obj: any = {
          node: uint8ArrayAlloc(0),
          statementHash: uint8ArrayAlloc(0),
          totalMicro: 0n,
          reference: '',
          issuedAtMs: 0
        }

        const end = length == null ? reader.len : reader.pos + length

        while (reader.pos < end) {
          const tag = reader.uint32()

          switch (tag >>> 3) {
            case 1: {
              obj.node = reader.bytes()
              break
            }
            case 2: {
              obj.statementHash = reader.bytes()
              break
            }
            case 3: {
              obj.totalMicro = reader.uint64()
              break
            }
            case 4: {
              obj.reference = reader.string()
              break
            }
            case 5: {
              obj.issuedAtMs = reader.uint64Number()
              break
            }
            default: {
              reader.skipType(tag & 7)
              break
            }
          }
        }

        return obj
      }, function * (reader, length, prefix, opts = {}) {
        const end = length == null ? reader.len : reader.pos + length

        while (reader.pos < end) {
          const tag = reader.uint32()

          switch (tag >>> 3) {
            case 1: {
              yield {
                field: `${prefix}.node`,
                value: reader.bytes()
              }
              break
            }
            case 2: {
              yield {
                field: `${prefix}.statementHash`,
                value: reader.bytes()
              }
              break
            }
            case 3: {
              yield {
                field: `${prefix}.totalMicro`,
                value: reader.uint64()
              }
              break
            }
            case 4: {
              yield {
                field: `${prefix}.reference`,
                value: reader.string()
              }
              break
            }
            case 5: {
              yield {
                field: `${prefix}.issuedAtMs`,
                value: reader.uint64Number()
              }
              break
            }
            default: {
              reader.skipType(tag & 7)
              break
            }
          }
        }
      })
    }

    return _codec
  }

  export interface SettlementNodeFieldEvent {
    field: '$.node'
    value: Uint8Array<ArrayBuffer>
  }

  export interface SettlementStatementHashFieldEvent {
    field: '$.statementHash'
    value: Uint8Array<ArrayBuffer>
  }

  export interface SettlementTotalMicroFieldEvent {
    field: '$.totalMicro'
    value: bigint
  }

  export interface SettlementReferenceFieldEvent {
    field: '$.reference'
    value: string
  }

  export interface SettlementIssuedAtMsFieldEvent {
    field: '$.issuedAtMs'
    value: number
  }

  export function encode (obj: Partial<Settlement>): Uint8Array<ArrayBuffer> {
    return encodeMessage(obj, Settlement.codec())
  }

  export function decode (buf: Uint8Array | Uint8ArrayList, opts?: DecodeOptions<Settlement>): Settlement {
    return decodeMessage(buf, Settlement.codec(), opts)
  }

  export function stream (buf: Uint8Array | Uint8ArrayList, opts?: DecodeOptions<Settlement>): Generator<SettlementNodeFieldEvent | SettlementStatementHashFieldEvent | SettlementTotalMicroFieldEvent | SettlementReferenceFieldEvent | SettlementIssuedAtMsFieldEvent> {
    return streamMessage(buf, Settlement.codec(), opts)
  }
}

export interface MailDeposit {
  mailbox: Uint8Array<ArrayBuffer>
  taskId: string
  recipient: Uint8Array<ArrayBuffer>
  issuedAtMs: number
  expiresAtMs: number
  sealed: Uint8Array<ArrayBuffer>
}

export namespace MailDeposit {
  let _codec: Codec<MailDeposit>

  export const codec = (): Codec<MailDeposit> => {
    if (_codec == null) {
      _codec = message<MailDeposit>((obj, w, opts = {}) => {
        if (opts.lengthDelimited !== false) {
          w.fork()
        }

        if ((obj.mailbox != null && obj.mailbox.byteLength > 0)) {
          w.uint32(10)
          w.bytes(obj.mailbox)
        }

        if ((obj.taskId != null && obj.taskId !== '')) {
          w.uint32(18)
          w.string(obj.taskId)
        }

        if ((obj.recipient != null && obj.recipient.byteLength > 0)) {
          w.uint32(26)
          w.bytes(obj.recipient)
        }

        if ((obj.issuedAtMs != null && obj.issuedAtMs !== 0)) {
          w.uint32(32)
          w.uint64Number(obj.issuedAtMs)
        }

        if ((obj.expiresAtMs != null && obj.expiresAtMs !== 0)) {
          w.uint32(40)
          w.uint64Number(obj.expiresAtMs)
        }

        if ((obj.sealed != null && obj.sealed.byteLength > 0)) {
          w.uint32(50)
          w.bytes(obj.sealed)
        }

        if (opts.lengthDelimited !== false) {
          w.ldelim()
        }
      }, (reader, length, opts = {}) => {
        const obj: any = {
          mailbox: uint8ArrayAlloc(0),
          taskId: '',
          recipient: uint8ArrayAlloc(0),
          issuedAtMs: 0,
          expiresAtMs: 0,
          sealed: uint8ArrayAlloc(0)
        }

        const end = length == null ? reader.len : reader.pos + length

        while (reader.pos < end) {
          const tag = reader.uint32()

          switch (tag >>> 3) {
            case 1: {
              obj.mailbox = reader.bytes()
              break
            }
            case 2: {
              obj.taskId = reader.string()
              break
            }
            case 3: {
              obj.recipient = reader.bytes()
              break
            }
            case 4: {
              obj.issuedAtMs = reader.uint64Number()
              break
            }
            case 5: {
              obj.expiresAtMs = reader.uint64Number()
              break
            }
            case 6: {
              obj.sealed = reader.bytes()
              break
            }
            default: {
              reader.skipType(tag & 7)
              break
            }
          }
        }

        return obj
      }, function * (reader, length, prefix, opts = {}) {
        const end = length == null ? reader.len : reader.pos + length

        while (reader.pos < end) {
          const tag = reader.uint32()

          switch (tag >>> 3) {
            case 1: {
              yield {
                field: `${prefix}.mailbox`,
                value: reader.bytes()
              }
              break
            }
            case 2: {
              yield {
                field: `${prefix}.taskId`,
                value: reader.string()
              }
              break
            }
            case 3: {
              yield {
                field: `${prefix}.recipient`,
                value: reader.bytes()
              }
              break
            }
            case 4: {
              yield {
                field: `${prefix}.issuedAtMs`,
                value: reader.uint64Number()
              }
              break
            }
            case 5: {
              yield {
                field: `${prefix}.expiresAtMs`,
                value: reader.uint64Number()
              }
              break
            }
            case 6: {
              yield {
                field: `${prefix}.sealed`,
                value: reader.bytes()
              }
              break
            }
            default: {
              reader.skipType(tag & 7)
              break
            }
          }
        }
      })
    }

    return _codec
  }

  export interface MailDepositMailboxFieldEvent {
    field: '$.mailbox'
    value: Uint8Array<ArrayBuffer>
  }

  export interface MailDepositTaskIdFieldEvent {
    field: '$.taskId'
    value: string
  }

  export interface MailDepositRecipientFieldEvent {
    field: '$.recipient'
    value: Uint8Array<ArrayBuffer>
  }

  export interface MailDepositIssuedAtMsFieldEvent {
    field: '$.issuedAtMs'
    value: number
  }

  export interface MailDepositExpiresAtMsFieldEvent {
    field: '$.expiresAtMs'
    value: number
  }

  export interface MailDepositSealedFieldEvent {
    field: '$.sealed'
    value: Uint8Array<ArrayBuffer>
  }

  export function encode (obj: Partial<MailDeposit>): Uint8Array<ArrayBuffer> {
    return encodeMessage(obj, MailDeposit.codec())
  }

  export function decode (buf: Uint8Array | Uint8ArrayList, opts?: DecodeOptions<MailDeposit>): MailDeposit {
    return decodeMessage(buf, MailDeposit.codec(), opts)
  }

  export function stream (buf: Uint8Array | Uint8ArrayList, opts?: DecodeOptions<MailDeposit>): Generator<MailDepositMailboxFieldEvent | MailDepositTaskIdFieldEvent | MailDepositRecipientFieldEvent | MailDepositIssuedAtMsFieldEvent | MailDepositExpiresAtMsFieldEvent | MailDepositSealedFieldEvent> {
    return streamMessage(buf, MailDeposit.codec(), opts)
  }
}

export interface MailRequest {
  mailbox: Uint8Array<ArrayBuffer>
  taskId: string
  depositor: Uint8Array<ArrayBuffer>
  issuedAtMs: number
  action: MailRequest.Action
  sealed: Uint8Array<ArrayBuffer>
}

export namespace MailRequest {
  export enum Action {
    FETCH = 'FETCH',
    REPLY = 'REPLY',
    CLEAR = 'CLEAR'
  }

  enum __ActionValues {
    FETCH = 0,
    REPLY = 1,
    CLEAR = 2
  }

  export namespace Action {
    export const codec = (): Codec<Action> => {
      return enumeration<Action>(__ActionValues)
    }
  }

  let _codec: Codec<MailRequest>

  export const codec = (): Codec<MailRequest> => {
    if (_codec == null) {
      _codec = message<MailRequest>((obj, w, opts = {}) => {
        if (opts.lengthDelimited !== false) {
          w.fork()
        }

        if ((obj.mailbox != null && obj.mailbox.byteLength > 0)) {
          w.uint32(10)
          w.bytes(obj.mailbox)
        }

        if ((obj.taskId != null && obj.taskId !== '')) {
          w.uint32(18)
          w.string(obj.taskId)
        }

        if ((obj.depositor != null && obj.depositor.byteLength > 0)) {
          w.uint32(26)
          w.bytes(obj.depositor)
        }

        if ((obj.issuedAtMs != null && obj.issuedAtMs !== 0)) {
          w.uint32(32)
          w.uint64Number(obj.issuedAtMs)
        }

        if (obj.action != null && __ActionValues[obj.action] !== 0) {
          w.uint32(40)
          MailRequest.Action.codec().encode(obj.action, w)
        }

        if ((obj.sealed != null && obj.sealed.byteLength > 0)) {
          w.uint32(50)
          w.bytes(obj.sealed)
        }

        if (opts.lengthDelimited !== false) {
          w.ldelim()
        }
      }, (reader, length, opts = {}) => {
        const obj: any = {
          mailbox: uint8ArrayAlloc(0),
          taskId: '',
          depositor: uint8ArrayAlloc(0),
          issuedAtMs: 0,
          action: Action.FETCH,
          sealed: uint8ArrayAlloc(0)
        }

        const end = length == null ? reader.len : reader.pos + length

        while (reader.pos < end) {
          const tag = reader.uint32()

          switch (tag >>> 3) {
            case 1: {
              obj.mailbox = reader.bytes()
              break
            }
            case 2: {
              obj.taskId = reader.string()
              break
            }
            case 3: {
              obj.depositor = reader.bytes()
              break
            }
            case 4: {
              obj.issuedAtMs = reader.uint64Number()
              break
            }
            case 5: {
              obj.action = MailRequest.Action.codec().decode(reader)
              break
            }
            case 6: {
              obj.sealed = reader.bytes()
              break
            }
            default: {
              reader.skipType(tag & 7)
              break
            }
          }
        }

        return obj
      }, function * (reader, length, prefix, opts = {}) {
        const end = length == null ? reader.len : reader.pos + length

        while (reader.pos < end) {
          const tag = reader.uint32()

          switch (tag >>> 3) {
            case 1: {
              yield {
                field: `${prefix}.mailbox`,
                value: reader.bytes()
              }
              break
            }
            case 2: {
              yield {
                field: `${prefix}.taskId`,
                value: reader.string()
              }
              break
            }
            case 3: {
              yield {
                field: `${prefix}.depositor`,
                value: reader.bytes()
              }
              break
            }
            case 4: {
              yield {
                field: `${prefix}.issuedAtMs`,
                value: reader.uint64Number()
              }
              break
            }
            case 5: {
              yield {
                field: `${prefix}.action`,
                value: MailRequest.Action.codec().decode(reader)
              }
              break
            }
            case 6: {
              yield {
                field: `${prefix}.sealed`,
                value: reader.bytes()
              }
              break
            }
            default: {
              reader.skipType(tag & 7)
              break
            }
          }
        }
      })
    }

    return _codec
  }

  export interface MailRequestMailboxFieldEvent {
    field: '$.mailbox'
    value: Uint8Array<ArrayBuffer>
  }

  export interface MailRequestTaskIdFieldEvent {
    field: '$.taskId'
    value: string
  }

  export interface MailRequestDepositorFieldEvent {
    field: '$.depositor'
    value: Uint8Array<ArrayBuffer>
  }

  export interface MailRequestIssuedAtMsFieldEvent {
    field: '$.issuedAtMs'
    value: number
  }

  export interface MailRequestActionFieldEvent {
    field: '$.action'
    value: MailRequest.Action
  }

  export interface MailRequestSealedFieldEvent {
    field: '$.sealed'
    value: Uint8Array<ArrayBuffer>
  }

  export function encode (obj: Partial<MailRequest>): Uint8Array<ArrayBuffer> {
    return encodeMessage(obj, MailRequest.codec())
  }

  export function decode (buf: Uint8Array | Uint8ArrayList, opts?: DecodeOptions<MailRequest>): MailRequest {
    return decodeMessage(buf, MailRequest.codec(), opts)
  }

  export function stream (buf: Uint8Array | Uint8ArrayList, opts?: DecodeOptions<MailRequest>): Generator<MailRequestMailboxFieldEvent | MailRequestTaskIdFieldEvent | MailRequestDepositorFieldEvent | MailRequestIssuedAtMsFieldEvent | MailRequestActionFieldEvent | MailRequestSealedFieldEvent> {
    return streamMessage(buf, MailRequest.codec(), opts)
  }
}

export interface ToMail {
  deposit?: Signed
  request?: Signed
}

export namespace ToMail {
  let _codec: Codec<ToMail>

  export const codec = (): Codec<ToMail> => {
    if (_codec == null) {
      _codec = message<ToMail>((obj, w, opts = {}) => {
        if (opts.lengthDelimited !== false) {
          w.fork()
        }

        obj = { ...obj }

        if (obj.request != null) {
          obj.deposit = undefined
        }

        if (obj.deposit != null) {
          obj.request = undefined
        }

        if (obj.deposit != null) {
          w.uint32(10)
          Signed.codec().encode(obj.deposit, w)
        }

        if (obj.request != null) {
          w.uint32(18)
          Signed.codec().encode(obj.request, w)
        }

        if (opts.lengthDelimited !== false) {
          w.ldelim()
        }
      }, (reader, length, opts = {}) => {
        const obj: any = {}

        const end = length == null ? reader.len : reader.pos + length

        while (reader.pos < end) {
          const tag = reader.uint32()

          switch (tag >>> 3) {
            case 1: {
              obj.deposit = Signed.codec().decode(reader, reader.uint32(), {
                limits: opts.limits?.deposit
              })
              break
            }
            case 2: {
              obj.request = Signed.codec().decode(reader, reader.uint32(), {
                limits: opts.limits?.request
              })
              break
            }
            default: {
              reader.skipType(tag & 7)
              break
            }
          }
        }

        if (obj.request != null) {
          delete obj.deposit
        }

        if (obj.deposit != null) {
          delete obj.request
        }

        return obj
      }, function * (reader, length, prefix, opts = {}) {
        const end = length == null ? reader.len : reader.pos + length

        while (reader.pos < end) {
          const tag = reader.uint32()

          switch (tag >>> 3) {
            case 1: {
              yield * Signed.codec().stream(reader, reader.uint32(), `${prefix}.deposit`, {
                limits: opts.limits?.deposit
              })

              break
            }
            case 2: {
              yield * Signed.codec().stream(reader, reader.uint32(), `${prefix}.request`, {
                limits: opts.limits?.request
              })

              break
            }
            default: {
              reader.skipType(tag & 7)
              break
            }
          }
        }
      })
    }

    return _codec
  }

  export interface ToMailDepositPayloadFieldEvent {
    field: '$.deposit.payload'
    value: Uint8Array<ArrayBuffer>
  }

  export interface ToMailDepositPublicKeyFieldEvent {
    field: '$.deposit.publicKey'
    value: Uint8Array<ArrayBuffer>
  }

  export interface ToMailDepositSignatureFieldEvent {
    field: '$.deposit.signature'
    value: Uint8Array<ArrayBuffer>
  }

  export interface ToMailRequestPayloadFieldEvent {
    field: '$.request.payload'
    value: Uint8Array<ArrayBuffer>
  }

  export interface ToMailRequestPublicKeyFieldEvent {
    field: '$.request.publicKey'
    value: Uint8Array<ArrayBuffer>
  }

  export interface ToMailRequestSignatureFieldEvent {
    field: '$.request.signature'
    value: Uint8Array<ArrayBuffer>
  }

  export function encode (obj: Partial<ToMail>): Uint8Array<ArrayBuffer> {
    return encodeMessage(obj, ToMail.codec())
  }

  export function decode (buf: Uint8Array | Uint8ArrayList, opts?: DecodeOptions<ToMail>): ToMail {
    return decodeMessage(buf, ToMail.codec(), opts)
  }

  export function stream (buf: Uint8Array | Uint8ArrayList, opts?: DecodeOptions<ToMail>): Generator<ToMailDepositPayloadFieldEvent | ToMailDepositPublicKeyFieldEvent | ToMailDepositSignatureFieldEvent | ToMailRequestPayloadFieldEvent | ToMailRequestPublicKeyFieldEvent | ToMailRequestSignatureFieldEvent> {
    return streamMessage(buf, ToMail.codec(), opts)
  }
}

export interface MailAnswer {
  status: MailAnswer.Status
  sealed: Uint8Array<ArrayBuffer>
  reply?: Signed
  errorCode: string
  errorMessage: string
}

export namespace MailAnswer {
  export enum Status {
    UNKNOWN = 'UNKNOWN',
    KEPT = 'KEPT',
    LETTER = 'LETTER',
    REPLIED = 'REPLIED',
    CLEARED = 'CLEARED',
    REFUSED = 'REFUSED'
  }

  enum __StatusValues {
    UNKNOWN = 0,
    KEPT = 1,
    LETTER = 2,
    REPLIED = 3,
    CLEARED = 4,
    REFUSED = 5
  }

  export namespace Status {
    export const codec = (): Codec<Status> => {
      return enumeration<Status>(__StatusValues)
    }
  }

  let _codec: Codec<MailAnswer>

  export const codec = (): Codec<MailAnswer> => {
    if (_codec == null) {
      _codec = message<MailAnswer>((obj, w, opts = {}) => {
        if (opts.lengthDelimited !== false) {
          w.fork()
        }

        if (obj.status != null && __StatusValues[obj.status] !== 0) {
          w.uint32(8)
          MailAnswer.Status.codec().encode(obj.status, w)
        }

        if ((obj.sealed != null && obj.sealed.byteLength > 0)) {
          w.uint32(18)
          w.bytes(obj.sealed)
        }

        if (obj.reply != null) {
          w.uint32(26)
          Signed.codec().encode(obj.reply, w)
        }

        if ((obj.errorCode != null && obj.errorCode !== '')) {
          w.uint32(34)
          w.string(obj.errorCode)
        }

        if ((obj.errorMessage != null && obj.errorMessage !== '')) {
          w.uint32(42)
          w.string(obj.errorMessage)
        }

        if (opts.lengthDelimited !== false) {
          w.ldelim()
        }
      }, (reader, length, opts = {}) => {
        const obj: any = {
          status: Status.UNKNOWN,
          sealed: uint8ArrayAlloc(0),
          errorCode: '',
          errorMessage: ''
        }

        const end = length == null ? reader.len : reader.pos + length

        while (reader.pos < end) {
          const tag = reader.uint32()

          switch (tag >>> 3) {
            case 1: {
              obj.status = MailAnswer.Status.codec().decode(reader)
              break
            }
            case 2: {
              obj.sealed = reader.bytes()
              break
            }
            case 3: {
              obj.reply = Signed.codec().decode(reader, reader.uint32(), {
                limits: opts.limits?.reply
              })
              break
            }
            case 4: {
              obj.errorCode = reader.string()
              break
            }
            case 5: {
              obj.errorMessage = reader.string()
              break
            }
            default: {
              reader.skipType(tag & 7)
              break
            }
          }
        }

        return obj
      }, function * (reader, length, prefix, opts = {}) {
        const end = length == null ? reader.len : reader.pos + length

        while (reader.pos < end) {
          const tag = reader.uint32()

          switch (tag >>> 3) {
            case 1: {
              yield {
                field: `${prefix}.status`,
                value: MailAnswer.Status.codec().decode(reader)
              }
              break
            }
            case 2: {
              yield {
                field: `${prefix}.sealed`,
                value: reader.bytes()
              }
              break
            }
            case 3: {
              yield * Signed.codec().stream(reader, reader.uint32(), `${prefix}.reply`, {
                limits: opts.limits?.reply
              })

              break
            }
            case 4: {
              yield {
                field: `${prefix}.errorCode`,
                value: reader.string()
              }
              break
            }
            case 5: {
              yield {
                field: `${prefix}.errorMessage`,
                value: reader.string()
              }
              break
            }
            default: {
              reader.skipType(tag & 7)
              break
            }
          }
        }
      })
    }

    return _codec
  }

  export interface MailAnswerStatusFieldEvent {
    field: '$.status'
    value: MailAnswer.Status
  }

  export interface MailAnswerSealedFieldEvent {
    field: '$.sealed'
    value: Uint8Array<ArrayBuffer>
  }

  export interface MailAnswerReplyPayloadFieldEvent {
    field: '$.reply.payload'
    value: Uint8Array<ArrayBuffer>
  }

  export interface MailAnswerReplyPublicKeyFieldEvent {
    field: '$.reply.publicKey'
    value: Uint8Array<ArrayBuffer>
  }

  export interface MailAnswerReplySignatureFieldEvent {
    field: '$.reply.signature'
    value: Uint8Array<ArrayBuffer>
  }

  export interface MailAnswerErrorCodeFieldEvent {
    field: '$.errorCode'
    value: string
  }

  export interface MailAnswerErrorMessageFieldEvent {
    field: '$.errorMessage'
    value: string
  }

  export function encode (obj: Partial<MailAnswer>): Uint8Array<ArrayBuffer> {
    return encodeMessage(obj, MailAnswer.codec())
  }

  export function decode (buf: Uint8Array | Uint8ArrayList, opts?: DecodeOptions<MailAnswer>): MailAnswer {
    return decodeMessage(buf, MailAnswer.codec(), opts)
  }

  export function stream (buf: Uint8Array | Uint8ArrayList, opts?: DecodeOptions<MailAnswer>): Generator<MailAnswerStatusFieldEvent | MailAnswerSealedFieldEvent | MailAnswerReplyPayloadFieldEvent | MailAnswerReplyPublicKeyFieldEvent | MailAnswerReplySignatureFieldEvent | MailAnswerErrorCodeFieldEvent | MailAnswerErrorMessageFieldEvent> {
    return streamMessage(buf, MailAnswer.codec(), opts)
  }
}

export interface PeersAnswer {
  nowMs: number
  peerRecords: Uint8Array<ArrayBuffer>[]
}

export namespace PeersAnswer {
  let _codec: Codec<PeersAnswer>

  export const codec = (): Codec<PeersAnswer> => {
    if (_codec == null) {
      _codec = message<PeersAnswer>((obj, w, opts = {}) => {
        if (opts.lengthDelimited !== false) {
          w.fork()
        }

        if ((obj.nowMs != null && obj.nowMs !== 0)) {
          w.uint32(8)
          w.uint64Number(obj.nowMs)
        }

        if (obj.peerRecords != null && obj.peerRecords.length > 0) {
          for (const value of obj.peerRecords) {
            w.uint32(18)
            w.bytes(value)
          }
        }

        if (opts.lengthDelimited !== false) {
          w.ldelim()
        }
      }, (reader, length, opts = {}) => {
        const obj: any = {
          nowMs: 0,
          peerRecords: []
        }

        const end = length == null ? reader.len : reader.pos + length

        while (reader.pos < end) {
          const tag = reader.uint32()

          switch (tag >>> 3) {
            case 1: {
              obj.nowMs = reader.uint64Number()
              break
            }
            case 2: {
              if (opts.limits?.peerRecords != null && obj.peerRecords.length === opts.limits.peerRecords) {
                throw new MaxLengthError('Decode error - repeated field "peerRecords" had too many elements')
              }

              if (obj.peerRecords.length === 16) {
                throw new MaxLengthError('Decode error - repeated field "peerRecords" had too many elements')
              }

              obj.peerRecords.push(reader.bytes())
              break
            }
            default: {
              reader.skipType(tag & 7)
              break
            }
          }
        }

        return obj
      }, function * (reader, length, prefix, opts = {}) {
        const obj = {
          peerRecords: 16
        }

        const end = length == null ? reader.len : reader.pos + length

        while (reader.pos < end) {
          const tag = reader.uint32()

          switch (tag >>> 3) {
            case 1: {
              yield {
                field: `${prefix}.nowMs`,
                value: reader.uint64Number()
              }
              break
            }
            case 2: {
              if (opts.limits?.peerRecords != null && obj.peerRecords === opts.limits.peerRecords) {
                throw new MaxLengthError('Streaming decode error - repeated field "peerRecords" had too many elements')
              }

              if (obj.peerRecords === 16) {
                throw new MaxLengthError('Streaming decode error - repeated field "peerRecords" had too many elements')
              }

              yield {
                field: `${prefix}.peerRecords[]`,
                index: obj.peerRecords,
                value: reader.bytes()
              }

              obj.peerRecords++

              break
            }
            default: {
              reader.skipType(tag & 7)
              break
            }
          }
        }
      })
    }

    return _codec
  }

  export interface PeersAnswerNowMsFieldEvent {
    field: '$.nowMs'
    value: number
  }

  export interface PeersAnswerPeerRecordsFieldEvent {
    field: '$.peerRecords[]'
    index: number
    value: Uint8Array<ArrayBuffer>
  }

  export function encode (obj: Partial<PeersAnswer>): Uint8Array<ArrayBuffer> {
    return encodeMessage(obj, PeersAnswer.codec())
  }

  export function decode (buf: Uint8Array | Uint8ArrayList, opts?: DecodeOptions<PeersAnswer>): PeersAnswer {
    return decodeMessage(buf, PeersAnswer.codec(), opts)
  }

  export function stream (buf: Uint8Array | Uint8ArrayList, opts?: DecodeOptions<PeersAnswer>): Generator<PeersAnswerNowMsFieldEvent | PeersAnswerPeerRecordsFieldEvent> {
    return streamMessage(buf, PeersAnswer.codec(), opts)
  }
}
