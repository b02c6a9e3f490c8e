"""What medicine says: RECIST 1.1, CTCAE grades, doses, ages; pure functions that know no study and no database."""
