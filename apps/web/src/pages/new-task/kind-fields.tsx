import { ContentField } from './content-field.js';
import { useForm } from './form.js';
import { AreaField, TextField, Tick } from './form-fields.js';
import { VariableFields } from './variable-fields.js';

/** What each kind of task needs to be told. */
export function KindFields({ file, onFile }: { file: File | null; onFile: (file: File | null) => void }) {
  const { draft, change } = useForm();
  switch (draft.type) {
    case 'command':
      return (
        <>
          <AreaField
            name="command"
            label="Command"
            rows={4}
            autoFocus
            placeholder="make test"
            hint="For the shell of the worker; several lines are a script."
          />
          <FolderField />
          <VariableFields />
        </>
      );
    case 'claude-cli':
      return (
        <>
          <AreaField
            name="prompt"
            label="Prompt"
            rows={6}
            mono={false}
            autoFocus
            placeholder="Summarise the README of this folder."
          />
          <FolderField />
          <div className="grid gap-4 sm:grid-cols-2">
            <TextField name="model" label="Model" placeholder="the usual one" mono />
            <TextField
              name="sessionId"
              label="Conversation"
              placeholder="a new one"
              hint="Its id continues one."
              mono
            />
          </div>
          <VariableFields />
        </>
      );
    case 'file-read':
      return (
        <>
          <PathField label="File" />
          <Tick
            label="Any bytes: have the content come back as base64"
            checked={draft.encoding === 'base64'}
            onChange={(checked) => change({ encoding: checked ? 'base64' : 'utf8' })}
          />
        </>
      );
    case 'file-write':
      return (
        <>
          <PathField label="File" />
          <ContentField file={file} onFile={onFile} />
        </>
      );
    case 'file-edit':
      return (
        <>
          <PathField label="File" />
          <AreaField name="oldString" label="Text to replace" rows={4} hint="Exactly as the file has it." />
          <AreaField name="newString" label="New text" rows={4} />
          <Tick
            label="Replace it in every place, instead of failing on more than one"
            checked={draft.replaceAll}
            onChange={(replaceAll) => change({ replaceAll })}
          />
        </>
      );
    case 'file-list':
      return <PathField label="Folder" />;
  }
}

const PathField = ({ label }: { label: string }) => (
  <TextField
    name="path"
    label={label}
    placeholder={label === 'Folder' ? '~/project' : '~/notes.txt'}
    hint="On the worker's machine; ~/ is its home folder."
    mono
  />
);

const FolderField = () => (
  <TextField name="cwd" label="Working folder" placeholder="~" hint="The worker's home folder when left empty." mono />
);
