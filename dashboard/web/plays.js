const PLAYS = "moss-plays" // told on the document by whatever begins to sound: the others stop
