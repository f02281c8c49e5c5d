-- What was stored by the version before fits the new columns.
UPDATE `tasks` SET `tries` = `attempt`;
--> statement-breakpoint
UPDATE `tasks` SET `session_id` = (SELECT json_extract(`shown`, '$.sessionId') FROM `task_inputs` WHERE `task_seq` = `seq`)
WHERE `type` = 'claude-cli';
--> statement-breakpoint
INSERT INTO `claude_sessions` (`session_id`, `worker`, `cwd`, `last_activity`, `task_count`)
SELECT `session_id`, max(`lease_worker`), max(json_extract(`shown`, '$.cwd')), max(`created_at`), count(*)
FROM `tasks` JOIN `task_inputs` ON `task_seq` = `seq` WHERE `session_id` IS NOT NULL GROUP BY `session_id`;
--> statement-breakpoint
INSERT INTO `installation` (`id`, `epoch`) VALUES (1, 0);
--> statement-breakpoint
CREATE VIRTUAL TABLE `task_search` USING fts5(`text`, content = '', contentless_delete = 1, tokenize = 'unicode61');
--> statement-breakpoint
INSERT INTO `task_search` (`rowid`, `text`)
SELECT `task_seq`, concat_ws(' ', json_extract(`shown`, '$.command'), json_extract(`shown`, '$.path'),
	json_extract(`shown`, '$.cwd'), json_extract(`shown`, '$.prompt')) FROM `task_inputs`;
--> statement-breakpoint
CREATE TRIGGER `task_search_insert` AFTER INSERT ON `task_inputs`
BEGIN
	INSERT INTO `task_search` (`rowid`, `text`)
	VALUES (NEW.`task_seq`, concat_ws(' ', json_extract(NEW.`shown`, '$.command'), json_extract(NEW.`shown`, '$.path'),
		json_extract(NEW.`shown`, '$.cwd'), json_extract(NEW.`shown`, '$.prompt')));
END;
--> statement-breakpoint
CREATE TRIGGER `task_search_delete` AFTER DELETE ON `tasks`
BEGIN
	DELETE FROM `task_search` WHERE `rowid` = OLD.`seq`;
END;
--> statement-breakpoint
CREATE VIRTUAL TABLE `audit_search` USING fts5(`text`, content = '', contentless_delete = 1, tokenize = 'unicode61');
--> statement-breakpoint
INSERT INTO `audit_search` (`rowid`, `text`)
SELECT `seq`, concat_ws(' ', `action`, `actor_name`, `target`, `ip`, `detail`) FROM `audit_entries`;
--> statement-breakpoint
CREATE TRIGGER `audit_search_insert` AFTER INSERT ON `audit_entries`
BEGIN
	INSERT INTO `audit_search` (`rowid`, `text`)
	VALUES (NEW.`seq`, concat_ws(' ', NEW.`action`, NEW.`actor_name`, NEW.`target`, NEW.`ip`, NEW.`detail`));
END;
--> statement-breakpoint
CREATE TRIGGER `audit_search_delete` AFTER DELETE ON `audit_entries`
BEGIN
	DELETE FROM `audit_search` WHERE `rowid` = OLD.`seq`;
END;
--> statement-breakpoint
DROP TRIGGER `audit_entries_no_delete`;
--> statement-breakpoint
-- Retention removes a prefix, and only what a checkpoint entry of the chain itself has named before.
CREATE TRIGGER `audit_entries_no_delete` BEFORE DELETE ON `audit_entries`
WHEN OLD.`seq` > coalesce((SELECT json_extract(`detail`, '$.removedThrough') FROM `audit_entries`
	WHERE `action` = 'audit.checkpoint' ORDER BY `seq` DESC LIMIT 1), 0)
BEGIN
	SELECT RAISE(ABORT, 'the audit is append-only');
END;
