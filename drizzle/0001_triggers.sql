CREATE TRIGGER `audit_entries_no_update` BEFORE UPDATE ON `audit_entries`
BEGIN
	SELECT RAISE(ABORT, 'the audit is append-only');
END;
--> statement-breakpoint
CREATE TRIGGER `audit_entries_no_delete` BEFORE DELETE ON `audit_entries`
BEGIN
	SELECT RAISE(ABORT, 'the audit is append-only');
END;
--> statement-breakpoint
CREATE TRIGGER `task_counts_insert` AFTER INSERT ON `tasks`
BEGIN
	INSERT INTO `task_counts` (`status`, `count`) VALUES (NEW.`status`, 1)
	ON CONFLICT (`status`) DO UPDATE SET `count` = `count` + 1;
END;
--> statement-breakpoint
CREATE TRIGGER `task_counts_update` AFTER UPDATE OF `status` ON `tasks` WHEN OLD.`status` <> NEW.`status`
BEGIN
	UPDATE `task_counts` SET `count` = `count` - 1 WHERE `status` = OLD.`status`;
	INSERT INTO `task_counts` (`status`, `count`) VALUES (NEW.`status`, 1)
	ON CONFLICT (`status`) DO UPDATE SET `count` = `count` + 1;
END;
--> statement-breakpoint
CREATE TRIGGER `task_counts_delete` AFTER DELETE ON `tasks`
BEGIN
	UPDATE `task_counts` SET `count` = `count` - 1 WHERE `status` = OLD.`status`;
END;
--> statement-breakpoint
CREATE TRIGGER `audit_entries_in_order` BEFORE INSERT ON `audit_entries`
WHEN NEW.`seq` <= (SELECT max(`seq`) FROM `audit_entries`)
BEGIN
	SELECT RAISE(ABORT, 'the audit is append-only');
END;
