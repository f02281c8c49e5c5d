/** The URIs of what can be read here beside the tools. */
export const SESSIONS_URI = 'ocw://claude/sessions';
export const TASK_TEMPLATE = 'ocw://tasks/{taskId}';
export const ARTIFACT_TEMPLATE = 'ocw://tasks/{taskId}/artifacts/{name}';

export const taskUri = (taskId: string) => `ocw://tasks/${taskId}`;

export const artifactUri = (taskId: string, name: string) => `${taskUri(taskId)}/artifacts/${encodeURIComponent(name)}`;
