CREATE TABLE `search_blocks` (
	`search` text NOT NULL,
	`block` integer NOT NULL,
	`term` text NOT NULL,
	`bits` blob NOT NULL,
	PRIMARY KEY(`search`, `block`, `term`)
);
--> statement-breakpoint
CREATE INDEX `tasks_by_status_and_type` ON `tasks` (`status`,`type`,`seq`);--> statement-breakpoint
CREATE INDEX `tasks_by_status_and_worker` ON `tasks` (`status`,`worker`,`seq`) WHERE worker IS NOT NULL;--> statement-breakpoint
CREATE INDEX `tasks_by_type_and_worker` ON `tasks` (`type`,`worker`,`seq`) WHERE worker IS NOT NULL;