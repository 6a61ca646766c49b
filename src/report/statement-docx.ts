import { Document, HeadingLevel, Packer, Paragraph, Table, TableCell, TableRow, TextRun, WidthType } from 'docx'
import { cellsOf, COLUMNS, type Compliance } from './statement.ts'

/** Room between a heading and what surrounds it. */
const APART = { spacing: { before: 320, after: 120 } }

/** The answers as a Word document (OOXML), to be completed and signed. */
export async function complianceDocx(of: Compliance): Promise<Buffer> {
  const document = new Document({
    title: of.title,
    creator: 'Assay',
    description: of.sum,
    styles: { default: { document: { run: { font: 'Calibri', size: 21 } } } },
    sections: [
      {
        properties: { page: { margin: { top: 1000, bottom: 1000, left: 900, right: 900 } } },
        children: [
          new Paragraph({ text: of.title, heading: HeadingLevel.TITLE }),
          ...of.about.map((text) => paragraph(text)),
          table(
            [35, 65],
            of.facts.map(({ name, value }) => [name, value ?? '']),
          ),
          paragraph(of.sum, true),
          ...of.blocks.flatMap(({ title, answers }) => [
            new Paragraph({ text: title, heading: HeadingLevel.HEADING_1, ...APART }),
            table([9, 15, 28, 11, 37], answers.map(cellsOf), COLUMNS),
          ]),
          new Paragraph({ text: 'What a person must still sign', heading: HeadingLevel.HEADING_1, ...APART }),
          ...(of.toSign.length === 0
            ? [paragraph('Nothing but the statement itself.')]
            : [
                table(
                  [10, 50, 25, 15],
                  of.toSign.map(({ number, what, who }) => [number, what, who, '']),
                  ['No.', 'What', 'Who', 'Signed'],
                ),
              ]),
          new Paragraph({ text: 'Signature', heading: HeadingLevel.HEADING_1, ...APART }),
          table(
            [35, 65],
            of.signature.map((name) => [name, '']),
          ),
          new Paragraph({ text: 'Evidence', heading: HeadingLevel.HEADING_1, ...APART }),
          ...of.evidence.map((text) => new Paragraph({ children: [new TextRun(text)], bullet: { level: 0 } })),
        ],
      },
    ],
  })
  return Packer.toBuffer(document)
}

function paragraph(text: string, bold = false): Paragraph {
  return new Paragraph({ spacing: { before: 120, after: 120 }, children: runs(text, bold) })
}

/** Text with its lines. */
function runs(text: string, bold = false): TextRun[] {
  return text.split('\n').map((line, i) => new TextRun({ text: line, bold, ...(i === 0 ? {} : { break: 1 }) }))
}

/** `widths` in per cent. */
function table(widths: readonly number[], rows: readonly (readonly string[])[], head?: readonly string[]): Table {
  const line = (cells: readonly string[], bold: boolean) =>
    new TableRow({
      tableHeader: bold,
      cantSplit: true,
      children: cells.map(
        (text, i) =>
          new TableCell({
            width: { size: widths[i]!, type: WidthType.PERCENTAGE },
            margins: { top: 60, bottom: 60, left: 90, right: 90 },
            children: [new Paragraph({ children: runs(text, bold) })],
          }),
      ),
    })
  return new Table({
    width: { size: 100, type: WidthType.PERCENTAGE },
    rows: [...(head === undefined ? [] : [line(head, true)]), ...rows.map((cells) => line(cells, false))],
  })
}
