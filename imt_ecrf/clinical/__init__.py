"""What medicine says: RECIST 1.1, CTCAE grades, doses, ages; pure, knows no study and no database."""
