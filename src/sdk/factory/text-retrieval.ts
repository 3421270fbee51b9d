import { z } from 'zod'
import { Write } from '../builder/memory-outputs.ts'
import { WorkflowBuilder } from '../builder/workflow-builder.ts'
import { filled, whole } from './fields.ts'
import { secondsFor } from './limits.ts'
import { defineSingleton } from './singleton.ts'
import { tidyParts } from './tidy-text.ts'

const QUERY = `Retrieval task: {{taskDescription}}

Write one query that somebody might enter for this task. It is in {{language}}, and
- of this type: {{queryType}};
- of this length: {{queryLength}};
- as to clarity: {{clarity}};
- it takes this education to understand the answer: {{difficulty}}.

Answer with the query and nothing else.`

const POSITIVE = `Retrieval task: {{taskDescription}}
Query: {{query}}

Write a document that answers this query well, in {{language}}, of at least {{numWords}} words, for readers with the education of:
{{difficulty}}. It reads as an ordinary document (a page, an article, an entry) that was not written for the query and does not quote it.

Answer with the document and nothing else.`

const NEGATIVE = `Retrieval task: {{taskDescription}}
Query: {{query}}

This document answers it:
<document>
{{positive}}
</document>

Write another document, in {{language}}, of at least {{numWords}} words, that a careless search would find for the query and that does not
answer it: the same field and many of the same words, about another thing, case or time. It must not say that it does not answer.

Answer with the document and nothing else.`

/** A query with a document that answers it and one that only seems to (data for retrieval and text embeddings). */
export const TextRetrieval = defineSingleton({
  name: 'TextRetrieval',
  input: z.object({
    taskDescription: filled('What is searched for, and in what'),
    queryType: filled('As "informational" or "navigational"'),
    queryLength: filled('As "short" or "at least ten words"'),
    clarity: filled('As "clear" or "ambiguous"'),
    numWords: whole(1, 1000, 'How many words each document has at least'),
    language: filled('The language, as "English"'),
    difficulty: filled('The education that it takes to understand them, as "high school"'),
  }),
  output: z.object({
    userQuery: filled('The query'),
    positiveDocument: filled('A document that answers it'),
    hardNegativeDocument: filled('A document that only seems to'),
  }),
  workflow: (input) =>
    new WorkflowBuilder(input, { name: 'TextRetrieval' })
      .generativeStep({ id: 'query', prompt: QUERY, outputs: [Write.new('query')] })
      .generativeStep({ id: 'positive', prompt: POSITIVE, outputs: [Write.new('positive')] })
      .generativeStep({ id: 'negative', prompt: NEGATIVE, outputs: [Write.new('negative')] })
      .setMaxSteps(4)
      .setMaxTime(secondsFor(3))
      .setMaxTokens(256 + input.numWords * 3)
      .setReturnValue(['query', 'positive', 'negative'])
      .build(),
  parse: (text) => {
    const [userQuery, positiveDocument, hardNegativeDocument] = tidyParts(text, [
      '(?:user )?query',
      'document',
    ])
    return { userQuery, positiveDocument, hardNegativeDocument }
  },
})
