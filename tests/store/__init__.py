"""One contract for every store; races, kills and traces for those that outlive a process."""
