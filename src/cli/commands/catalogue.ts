import { generateKeyPairSync } from 'node:crypto'
import { readFileSync, writeFileSync } from 'node:fs'
import { resolve } from 'node:path'
import type { Command } from 'commander'
import { signCatalogue } from '../../node/models/catalogue/signature.ts'
import { publicKeyText } from '../../node/signed/signature.ts'
import { parseCatalogue } from '../../protocol/catalogue/parse.ts'
import { fileWork } from '../file-work.ts'
import type { CommandContext } from '../program.ts'

interface SignFlags {
  readonly key: string
  readonly json?: boolean
}

/** For those who publish catalogues: no help lists them. */
export function addCatalogueCommands(program: Command, context: CommandContext): void {
  const catalogue = program.command('catalogue', { hidden: true }).description('publish catalogues of models')
  catalogue
    .command('key')
    .description('make a key to sign catalogues with; its public half is for the setting catalogueKey')
    .argument('<file>', 'where the private key goes, in PEM; it must not exist yet')
    .action((file: string, flags: { json?: boolean }) => {
      const { privateKey } = generateKeyPairSync('ed25519')
      const pem = privateKey.export({ format: 'pem', type: 'pkcs8' }).toString()
      const path = resolve(file)
      fileWork(() => writeFileSync(path, pem, { mode: 0o600, flag: 'wx' }))
      const publicKey = publicKeyText(pem)
      context.output(flags).result({ path, publicKey }, publicKey)
    })
  catalogue
    .command('sign')
    .description('check a catalogue and sign its exact bytes, into a file beside it with .sig')
    .argument('<file>')
    .requiredOption('--key <file>', 'the private key, in PEM')
    .action((file: string, flags: SignFlags) => {
      const path = resolve(file)
      const bytes = fileWork(() => readFileSync(path))
      const { issuedAt, models } = parseCatalogue(bytes.toString('utf8'))
      const pem = fileWork(() => readFileSync(flags.key, 'utf8'))
      const signature = signCatalogue(bytes, pem)
      fileWork(() => writeFileSync(`${path}.sig`, `${signature}\n`))
      const publicKey = publicKeyText(pem)
      context
        .output(flags)
        .result(
          { path, signature, publicKey, issuedAt, models: models.length },
          `${path}.sig is the signature of ${models.length} models of ${issuedAt}, by ${publicKey}`,
        )
    })
}
