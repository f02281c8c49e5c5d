-- A trigger that changes rows makes SQLite keep a journal of its own for every statement that fires it, which took several
-- times as long as the statement. The server counts and indexes by itself now, a commit or many rows at a time.
DROP TRIGGER `task_counts_insert`;
--> statement-breakpoint
DROP TRIGGER `task_counts_update`;
--> statement-breakpoint
DROP TRIGGER `audit_entries_in_order`;
--> statement-breakpoint
DROP TRIGGER `task_search_insert`;
--> statement-breakpoint
DROP TRIGGER `audit_search_insert`;
--> statement-breakpoint
-- What is counted down has to be there.
INSERT OR IGNORE INTO `task_counts` (`status`, `count`)
VALUES ('pending', 0), ('running', 0), ('completed', 0), ('failed', 0), ('timed_out', 0), ('cancelled', 0), ('lost', 0), ('expired', 0);
