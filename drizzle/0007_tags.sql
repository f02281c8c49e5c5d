-- Beside its words, a row is found by tags for the values that lists are filtered by. The server fills both again.
DROP TABLE `task_search`;
--> statement-breakpoint
CREATE VIRTUAL TABLE `task_search` USING fts5(`text`, `tags`, content = '', contentless_delete = 1, tokenize = 'unicode61');
--> statement-breakpoint
DROP TABLE `audit_search`;
--> statement-breakpoint
CREATE VIRTUAL TABLE `audit_search` USING fts5(`text`, `tags`, content = '', contentless_delete = 1, tokenize = 'unicode61');
