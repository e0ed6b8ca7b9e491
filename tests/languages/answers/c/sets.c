// The types are those of the task.
IntSetStringSetTuple sets(IntSet a, StringSet b) {
    return (IntSetStringSetTuple){a, b};
}
