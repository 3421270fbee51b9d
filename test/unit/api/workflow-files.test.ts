import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { WorkflowFiles } from '../../../src/api/workflow-files.ts'
import { workflowLimits } from '../../../src/protocol/workflow/limits.ts'
import { tempFolder } from '../../helpers/temp-folder.ts'

const galleryFolder = `${import.meta.dirname}/../../../resources/workflows`

/** Files of an operator who answers each dialog with the next of these paths. */
function filesOf(...answers: (string | null)[]): WorkflowFiles {
  const answer = async () => answers.shift() ?? null
  return new WorkflowFiles({ shell: { pickFile: answer, pickSaveTarget: answer } }, { galleryFolder })
}

describe('files of workflows', () => {
  it('shows every workflow that comes with the program, and whether it takes an input', async () => {
    const items = await filesOf().gallery()
    expect(items.map(({ id }) => `${id}.json`).sort()).toEqual(readdirSync(galleryFolder).sort())
    for (const { name, description } of items) expect(name && description).toBeTruthy()
    expect(items.filter(({ takesInput }) => takesInput).map(({ id }) => id)).toContain('ask')
    expect(items.find(({ id }) => id === 'personas')).toMatchObject({ takesInput: false })
  })

  it('opens a file, and saves into it again without asking', async () => {
    using folder = tempFolder()
    const path = folder.file('a.json')
    writeFileSync(path, '{"a": "ä"}')
    const files = filesOf(path)
    expect(await files.open()).toEqual({ path, text: '{"a": "ä"}' })
    expect(await files.save({ path, text: '{}' })).toEqual({ path })
    expect(readFileSync(path, 'utf8')).toBe('{}')
    expect(readdirSync(folder.path)).toEqual(['a.json'])
  })

  it('asks where to save what is new, and answers with nothing where nobody chose', async () => {
    using folder = tempFolder()
    const path = folder.file('new.json')
    const files = filesOf(null, path)
    expect(await files.open()).toBeNull()
    expect(await files.save({ text: '[]', suggestedName: '../../x.json' })).toEqual({ path })
    expect(await files.save({ text: '[]' })).toBeNull()
    expect(readFileSync(path, 'utf8')).toBe('[]')
  })

  it('never writes where the operator did not choose to', async () => {
    using folder = tempFolder()
    const path = folder.file('other.json')
    await expect(filesOf().save({ path, text: '{}' })).rejects.toMatchObject({ code: 'bad_usage' })
    expect(readdirSync(folder.path)).toEqual([])
  })

  it('opens what was given to the program, nothing else, and saves into that', async () => {
    using folder = tempFolder()
    const path = folder.file('given.json')
    writeFileSync(path, '{}')
    const files = filesOf()
    await expect(files.openGiven(path)).rejects.toMatchObject({ code: 'bad_usage' })
    files.give([path, folder.file('gone.json')])
    expect(await files.openGiven(path)).toEqual({ path, text: '{}' })
    expect(await files.save({ path, text: '[]' })).toEqual({ path })
    const gone = files.openGiven(folder.file('gone.json'))
    await expect(gone).rejects.toThrow(`There is no file ${folder.file('gone.json')}`)
    // The latest are known, not all that ever were.
    files.give(Array.from({ length: 600 }, (_, index) => folder.file(`${index}.json`)))
    await expect(files.openGiven(path)).rejects.toMatchObject({ code: 'bad_usage' })
  })

  it('refuses what is too large, no text, or not there', async () => {
    using folder = tempFolder()
    writeFileSync(folder.file('large'), Buffer.alloc(workflowLimits.bytes + 1))
    writeFileSync(folder.file('binary'), Uint8Array.of(0xff, 0xfe, 0xfd))
    await expect(
      filesOf(folder.file('saved')).save({ text: 'x'.repeat(workflowLimits.bytes + 1) }),
    ).rejects.toMatchObject({ code: 'too_large' })
    expect(readdirSync(folder.path)).not.toContain('saved')
    const files = filesOf(folder.file('large'), folder.file('binary'), folder.file('gone'), folder.path)
    await expect(files.open()).rejects.toMatchObject({ code: 'too_large' })
    for (let times = 0; times < 3; times++)
      await expect(files.open()).rejects.toMatchObject({ code: 'bad_usage' })
  })
})
